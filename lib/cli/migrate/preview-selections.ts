import { type FilterPreview, previewFilter } from "@/lib/engine/filter/preview-filter";
import type { DatabaseSelection } from "@/lib/migrations/filter";
import { hasFilter } from "@/lib/migrations/filter";
import { formatBytesOf, groupDigits } from "@/lib/migrations/format-quantity";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";

/** Consequences printed of one database. */
const PRINTED = 100;

/**
 * What the filters will do, as lines for people, one database after the other. Throws CodedError when the source cannot be
 * asked or a pattern not be read.
 */
export async function previewSelections(
  selections: readonly DatabaseSelection[],
  source: ConnectionSettings,
  signal: AbortSignal,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, targetName, ...filter } of selections) {
    if (targetName !== undefined && targetName !== name)
      lines.push(`${name} becomes ${targetName} on the target.`);
    if (!hasFilter(filter)) continue;
    const client = await connect({ ...source, database: name }, { applicationName: "howdah filter", signal });
    const end = () => void endClient(client);
    signal.addEventListener("abort", end, { once: true });
    try {
      await client.query(
        "begin transaction isolation level repeatable read read only; set local search_path = ''",
      );
      lines.push(...describePreview(name, await previewFilter(client, filter, { sizes: true })));
    } finally {
      signal.removeEventListener("abort", end);
      await endClient(client);
    }
  }
  return lines;
}

function describePreview(name: string, preview: FilterPreview): string[] {
  const { tables, tablesLeftOut, tablesEmpty, bytesTotal, bytesLeftOut, consequences, consequencesTotal } =
    preview;
  const shown = consequences.slice(0, PRINTED);
  return [
    `${name}: ${groupDigits(tables - tablesLeftOut)} of ${groupDigits(tables)} tables move, ${groupDigits(tablesEmpty)} of them without rows; ${formatBytesOf((bytesTotal ?? 0) - (bytesLeftOut ?? 0), bytesTotal ?? 0)}.`,
    ...shown.map(({ message }) => `  ${message}`),
    ...(consequencesTotal > shown.length
      ? [`  ... and ${groupDigits(consequencesTotal - shown.length)} more.`]
      : []),
    ...preview.unmatched.map(
      ({ list, pattern }) => `  The pattern ${pattern} of ${list} means nothing in this database.`,
    ),
  ];
}
