import pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { qualified } from "@/lib/postgres/sql";
import { TEXT_SETTINGS } from "./tally";

const SHOWN = 3;
const SHOWN_LENGTH = 200;

export interface EndOptions {
  /** Off for what does not carry them. */
  sequences?: boolean;
  /** Relations (`schema.name` unquoted) that were given up with a word. */
  exempt?: ReadonlySet<string>;
}

/**
 * Compares every row of every table of two databases as text, and their sequences, with nothing but statements of its own.
 * Returns what differs as lines for people, some of the rows among them; empty when all is equal.
 */
export async function compareEnds(
  source: ConnectionSettings,
  target: ConnectionSettings,
  { sequences = true, exempt = new Set() }: EndOptions = {},
): Promise<string[]> {
  const [one, other] = await Promise.all([readAll(source, sequences), readAll(target, sequences)]);
  const names = [...new Set([...one.keys(), ...other.keys()])].filter((name) => !exempt.has(name)).sort();
  return names.flatMap((name) => compareRows(name, one.get(name), other.get(name)));
}

function compareRows(name: string, source?: readonly string[], target?: readonly string[]): string[] {
  if (!source || !target) return [`${name} is only on the ${source ? "source" : "target"}`];
  const counts = new Map<string, number>();
  for (const row of source) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of target) counts.set(row, (counts.get(row) ?? 0) - 1);
  const missing = [...counts].filter(([, count]) => count > 0).map(([row]) => row);
  const extra = [...counts].filter(([, count]) => count < 0).map(([row]) => row);
  if (missing.length + extra.length === 0) return [];
  const some = (rows: string[]) => rows.slice(0, SHOWN).map((row) => row.slice(0, SHOWN_LENGTH));
  return [
    `${name}: source ${source.length} rows, target ${target.length}; ${missing.length} only on the source, ${extra.length} only on the target`,
    ...some(missing).map((row) => `${name}: only on the source: ${row}`),
    ...some(extra).map((row) => `${name}: only on the target: ${row}`),
  ];
}

/** Rows of every table, in text and in order, by `schema.name`; a sequence has one row, its state. */
async function readAll(settings: ConnectionSettings, sequences: boolean): Promise<Map<string, string[]>> {
  const { host, port, user, password, database } = settings;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    await client.query(TEXT_SETTINGS);
    await client.query("begin isolation level repeatable read read only");
    const relations = await client.query<{ schema: string; name: string; kind: string }>(
      `select nspname as schema, relname as name, relkind as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where relkind in ('r', 'S') and nspname <> 'information_schema' and nspname !~ '^pg_' order by 1, 2`,
    );
    const all = new Map<string, string[]>();
    for (const { schema, name, kind } of relations.rows) {
      if (kind === "S" && !sequences) continue;
      const what = kind === "S" ? "concat(last_value, ' ', is_called)" : "t::text";
      const { rows } = await client.query<{ row: string }>(
        `select ${what} as row from ${qualified(schema, name)} t order by (${what}) collate "C"`,
      );
      all.set(
        `${schema}.${name}`,
        rows.map(({ row }) => row),
      );
    }
    return all;
  } finally {
    await client.end();
  }
}
