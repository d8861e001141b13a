import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { literal, qualified } from "@/lib/postgres/sql";
import type { RowDifference, VerifiedItem, VerifiedResult } from "./verify-events";
import { resultOf, type VerifyRun } from "./verify-run";

/** What a sequence is and where it stands; figures as decimal text. */
export interface SequenceFacts {
  schema: string;
  name: string;
  readable: boolean;
  definition: Record<string, string>;
  state: Record<string, string> | null;
}

const BATCH = 200;

/** Sequences of a side outside the system's schemas; identity columns' included. State is of now: sequences know no snapshot. */
export async function listSequences(client: pg.Client, version: number): Promise<SequenceFacts[]> {
  const definition =
    version >= 100_000
      ? `pg_catalog.json_build_object('type', pg_catalog.format_type(s.seqtypid, null), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
           'minimum', s.seqmin::text, 'maximum', s.seqmax::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle::text)`
      : "pg_catalog.json_build_object()";
  const join = version >= 100_000 ? "join pg_catalog.pg_sequence s on s.seqrelid = c.oid" : "";
  const { rows } = await client.query<SequenceFacts>(`
    select n.nspname as schema, c.relname as name, ${definition} as definition, null as state,
           pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_sequence_privilege(c.oid, 'select') as readable
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace ${join}
     where c.relkind = 'S' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence <> 't'
       and not exists (select 1 from pg_catalog.pg_depend d
                        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
                          and not exists (select 1 from pg_catalog.pg_extension e where c.oid = any (e.extconfig)))
     order by 1, 2`);
  const readable = rows.filter((row) => row.readable);
  for (let at = 0; at < readable.length; at += BATCH)
    await readStates(client, readable.slice(at, at + BATCH));
  return rows;
}

async function readStates(client: pg.Client, batch: readonly SequenceFacts[]): Promise<void> {
  const parts = batch.map(
    ({ schema, name }, index) =>
      `select ${index} as n, last_value::text as value, is_called::text as called from ${qualified(schema, name)}`,
  );
  await client.query("savepoint states");
  try {
    const { rows } = await client.query<{ n: number; value: string; called: string }>(
      parts.join(" union all "),
    );
    for (const { n, value, called } of rows) {
      const facts = batch[n];
      if (facts) facts.state = { last_value: value, is_called: called };
    }
    await client.query("release savepoint states");
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    await client.query("rollback to savepoint states");
    // Dropped meanwhile, or locked: the others of the batch are asked one by one, this one stays without a state.
    if (batch.length > 1) for (const one of batch) await readStates(client, [one]);
  }
}

/** Compares sequences that both sides have and reports each. */
export function verifySequence(run: VerifyRun, source: SequenceFacts, target: SequenceFacts): VerifiedResult {
  const startedAt = performance.now();
  const item: VerifiedItem = { kind: "sequence", schema: source.schema, name: source.name };
  const result = compare(run, item, source, target, startedAt);
  run.report({ type: "item-ended", result });
  return result;
}

function compare(
  run: VerifyRun,
  item: VerifiedItem,
  source: SequenceFacts,
  target: SequenceFacts,
  startedAt: number,
): VerifiedResult {
  if (source.state === null || target.state === null) {
    const sides = [source.state === null ? "source" : "", target.state === null ? "target" : ""].filter(
      Boolean,
    );
    const why = `It could not be read on the ${sides.join(" and ")}; the login needs SELECT on it and USAGE on its schema.`;
    return resultOf(item, "unchecked", why, startedAt);
  }
  const ours: Record<string, string> = { ...source.state, ...source.definition };
  const theirs: Record<string, string> = { ...target.state, ...target.definition };
  const names = Object.keys(ours).filter((name) => theirs[name] !== undefined && ours[name] !== theirs[name]);
  if (names.length === 0) return resultOf(item, "equal", null, startedAt);
  run.report({ type: "rows-differ", item, rows: [difference(item, ours, theirs, source.state)] });
  const told = names.map(
    (name) => `${name} is ${ours[name]} on the source and ${theirs[name]} on the target`,
  );
  return resultOf(item, "different", `${told.join("; ")}.`, startedAt, { differences: 1 });
}

function difference(
  { schema, name }: VerifiedItem,
  source: Record<string, string>,
  target: Record<string, string>,
  state: Record<string, string>,
): RowDifference {
  const moved = state["last_value"] !== target["last_value"] || state["is_called"] !== target["is_called"];
  const position = `${state["last_value"]}, ${state["is_called"]}`;
  return {
    kind: "changed",
    key: { schema, name },
    source,
    target,
    repair: moved
      ? `select pg_catalog.setval(${literal(qualified(schema, name)).trim()}, ${position})`
      : null,
  };
}

/** Reads the sequences of one side within its snapshot's transaction. Throws CodedError. */
export async function readSequences(run: VerifyRun, side: "source" | "target"): Promise<SequenceFacts[]> {
  try {
    return await run[side].read((client) => listSequences(client, run[side].version));
  } catch (error) {
    run.signal.throwIfAborted();
    throw toCodedError(error, "INTERNAL", `sequences of the ${side}`);
  }
}
