import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { runSql } from "../../testing/with-session";
import { REPAIR_SETTINGS } from "../repair-sql";
import { verifyDatabase } from "../verify-database";
import type { RowDifference, SchemaDiffLine, VerifiedResult, VerifyEvent } from "../verify-events";
import type { DatabaseVerification, VerifyDatabaseOptions } from "../verify-options";

export interface Collected extends DatabaseVerification {
  /** By "schema.name", or the name where there is no schema. */
  results: Map<string, VerifiedResult>;
  rows: Map<string, RowDifference[]>;
  lines: SchemaDiffLine[];
  notes: string[];
  events: VerifyEvent[];
}

/** Verifies and brings back all that was said. */
export async function verifyAndCollect(
  source: ConnectionSettings,
  target: ConnectionSettings,
  options: Partial<VerifyDatabaseOptions> = {},
): Promise<Collected> {
  const events: VerifyEvent[] = [];
  const verification = await verifyDatabase({
    source,
    target,
    signal: AbortSignal.timeout(60_000),
    ...options,
    report: (event) => {
      events.push(event);
      options.report?.(event);
    },
  });
  const nameOf = ({ schema, name }: { schema: string; name: string }) =>
    schema === "" ? name : `${schema}.${name}`;
  return {
    ...verification,
    results: new Map(
      events.flatMap((one) => (one.type === "item-ended" ? [[nameOf(one.result.item), one.result]] : [])),
    ),
    rows: new Map(
      events.flatMap((one) => (one.type === "rows-differ" ? [[nameOf(one.item), one.rows]] : [])),
    ),
    lines: events.flatMap((one) => (one.type === "schema-differs" ? one.lines : [])),
    notes: events.flatMap((one) => (one.type === "note" ? [one.message] : [])),
    events,
  };
}

/** What is not equal, as lines for people. */
export function complaints({ results }: Collected): string[] {
  return [...results].flatMap(([name, { state, message }]) =>
    state === "equal" ? [] : [`${name}: ${state}: ${message}`],
  );
}

/** Runs the repairs as they were given, deletions first. */
export async function repair(target: ConnectionSettings, rows: Iterable<RowDifference[]>): Promise<void> {
  const statements = [...rows]
    .flat()
    .flatMap(({ kind, repair }) => (repair === null ? [] : [{ kind, repair }]));
  const order = ["extra", "changed", "missing"];
  statements.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  await runSql(target, ...REPAIR_SETTINGS, ...statements.map((one) => one.repair));
}
