import type { RowDifferenceKind } from "@/lib/migrations/verification";
import type { FullMigration } from "@/lib/store/read-migrations";
import {
  countDifferingRows,
  type ExportedRow,
  findItem,
  readExportedRows,
  readItemRows,
  type VerificationWithTotals,
} from "@/lib/store/verifications/read-verifications";
import { type RepairSection, repairHead, repairStatements, SECTION_END, sectionHead } from "./repair-script";
import { verificationDetailsOf, verificationItemOf, verificationRowOf } from "./verification-views";

/** What an export is made of. */
export interface ExportSubject {
  migration: FullMigration;
  verification: VerificationWithTotals;
  /** Name on the source; null: all. */
  database: string | null;
  /** One item only; null: all. */
  itemId: bigint | null;
}

/** Rows and items in memory at a time; a row may have long values. */
const PAGE = 200;

const ALL_KINDS: readonly RowDifferenceKind[] = ["changed", "extra", "missing"];

/** The whole verification as one JSON object: what was asked, every item, and of those that differ the rows and schema lines. */
export async function* reportJson(subject: ExportSubject): AsyncGenerator<string> {
  const { migration, verification } = subject;
  const head = {
    migration: { id: migration.id, name: migration.name, target: migration.server.name },
    verification: verificationDetailsOf(verification),
  };
  yield `${JSON.stringify(head, null, 1).replace(/\n}$/, "")},\n "items": [`;
  let separator = "\n  ";
  for (let offset = 0; ; offset += PAGE) {
    const filter = { database: subject.database, state: null, kind: null, search: null, offset, limit: PAGE };
    const items = await readItemRows(verification.id, filter);
    for (const item of items) {
      if (subject.itemId !== null && item.id !== subject.itemId) continue;
      const lines = item.hasLines ? (await findItem(verification.id, item.id))?.schemaLines : undefined;
      const text = JSON.stringify({ ...verificationItemOf(item), ...(lines ? { schemaLines: lines } : {}) });
      yield `${separator}${text.slice(0, -1)}`;
      if (item.rowsKept > 0) yield* reportRows(verification.id, item.id);
      yield "}";
      separator = ",\n  ";
    }
    if (items.length < PAGE) break;
  }
  yield "\n ]\n}\n";
}

async function* reportRows(verificationId: string, itemId: bigint): AsyncGenerator<string> {
  let separator = ',"rows":[\n    ';
  for await (const rows of pagesOf(verificationId, {
    itemId,
    database: null,
    kinds: ALL_KINDS,
    reverse: false,
  })) {
    for (const row of rows) {
      const { id: _, ...view } = verificationRowOf(row);
      yield `${separator}${JSON.stringify(view)}`;
      separator = ",\n    ";
    }
  }
  yield "]";
}

const CSV_COLUMNS = ["database", "schema", "object", "difference", "key", "source", "target", "repair"];

/** One line a differing row (RFC 4180); key, source and target are JSON objects of columns. */
export async function* rowsCsv({ verification, database, itemId }: ExportSubject): AsyncGenerator<string> {
  yield `${CSV_COLUMNS.join(",")}\r\n`;
  const wanted = { itemId, database, kinds: ALL_KINDS, reverse: false };
  for await (const rows of pagesOf(verification.id, wanted)) {
    for (const row of rows) {
      const json = (value: unknown) => (value === null ? "" : JSON.stringify(value));
      const values = [
        row.database,
        row.schema,
        row.name,
        row.kind,
        json(row.key),
        json(row.source),
        json(row.target),
      ];
      yield `${[...values, row.repair ?? ""].map(csvField).join(",")}\r\n`;
    }
  }
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The statements that make the target's rows like the source's, a transaction for each database. Rows are deleted from referring
 * tables first, then updated and inserted in referenced tables first, so that foreign keys hold also where they stay active.
 */
export async function* repairScript(subject: ExportSubject): AsyncGenerator<string> {
  const { migration, verification, itemId } = subject;
  const sections = await sectionsOf(subject);
  yield repairHead(
    {
      migration: migration.name,
      verificationId: verification.id,
      verifiedAt: (verification.endedAt ?? verification.createdAt).toISOString(),
      target: `${migration.server.name} (${migration.server.host}:${migration.server.port})`,
    },
    sections,
  );
  for (const section of sections) {
    yield sectionHead(section, sections.length > 1);
    const of = { itemId, database: section.source };
    yield* statementsOf(verification.id, { ...of, kinds: ["extra"], reverse: true });
    yield* statementsOf(verification.id, { ...of, kinds: ["changed", "missing"], reverse: false });
    yield SECTION_END;
  }
}

async function sectionsOf(subject: ExportSubject): Promise<(RepairSection & { source: string })[]> {
  const { migration, verification, itemId } = subject;
  const counts = await countDifferingRows(verification.id, itemId);
  const names = [...new Set(counts.map(({ database }) => database))];
  return await Promise.all(
    names
      .filter((name) => subject.database === null || name === subject.database)
      .map(async (source) => ({
        source,
        database: migration.databases.find(({ name }) => name === source)?.targetName ?? source,
        counts: counts.filter(({ database }) => database === source),
        limited: await limitedItems(subject, source),
      })),
  );
}

const LIMITED_NAMED = 20;

async function limitedItems({ verification, itemId }: ExportSubject, database: string): Promise<string[]> {
  const filter = { database, state: "different" as const, kind: null, search: null, offset: 0, limit: 1_000 };
  const items = await readItemRows(verification.id, filter);
  return items
    .filter((item) => item.limited && (itemId === null || item.id === itemId))
    .slice(0, LIMITED_NAMED)
    .map(({ schema, name }) => `${schema}.${name}`);
}

interface RowsWanted {
  itemId: bigint | null;
  database: string | null;
  kinds: readonly RowDifferenceKind[];
  reverse: boolean;
}

async function* statementsOf(verificationId: string, wanted: RowsWanted): AsyncGenerator<string> {
  let last: ExportedRow | null = null;
  for await (const rows of pagesOf(verificationId, wanted)) {
    const text = repairStatements(rows, last);
    last = rows.findLast((row) => row.repair !== null) ?? last;
    if (text !== "") yield text;
  }
}

async function* pagesOf(verificationId: string, wanted: RowsWanted): AsyncGenerator<ExportedRow[]> {
  let after: ExportedRow | null = null;
  for (;;) {
    const rows: ExportedRow[] = await readExportedRows(verificationId, { ...wanted, after, limit: PAGE });
    if (rows.length > 0) yield rows;
    after = rows.at(-1) ?? null;
    if (rows.length < PAGE || after === null) return;
  }
}
