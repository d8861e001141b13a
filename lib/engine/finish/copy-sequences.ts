import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { displayName, qualified } from "@/lib/postgres/sql";
import { describeCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";

interface SequenceName {
  schema: string;
  name: string;
  readable: boolean;
}

/** Position of a sequence; bigint crosses as decimal text, so nothing is rounded. */
interface SequenceState {
  schema: string;
  name: string;
  last_value: string;
  is_called: boolean;
}

/** Sequences of one statement; more would only make its text long. */
const BATCH = 200;

/**
 * Gives the target's sequences the positions of the source's, identity columns included. Sequences are not
 * transactional, so the positions are those of now and never behind the copied rows. Returns what could not be set.
 */
export async function copySequences(
  source: pg.Client,
  target: pg.Client,
  signal: AbortSignal,
): Promise<ObjectFailure[]> {
  const failures: ObjectFailure[] = [];
  const names = await listSequences(source);
  failures.push(...names.filter((one) => !one.readable).map((one) => unreadable(one)));
  const readable = names.filter((one) => one.readable);
  for (let at = 0; at < readable.length; at += BATCH) {
    signal.throwIfAborted();
    const states = await readStates(source, readable.slice(at, at + BATCH));
    failures.push(...(await setStates(target, states)));
  }
  return failures;
}

async function listSequences(client: pg.Client): Promise<SequenceName[]> {
  const { rows } = await client.query<SequenceName>(`
    select n.nspname as schema, c.relname as name,
           pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_sequence_privilege(c.oid, 'select') as readable
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'S' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select 1 from pg_catalog.pg_depend d
                        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
                          and not exists (select 1 from pg_catalog.pg_extension e where c.oid = any (e.extconfig)))
     order by 1, 2`);
  return rows;
}

async function readStates(client: pg.Client, names: readonly SequenceName[]): Promise<SequenceState[]> {
  const parts = names.map(
    ({ schema, name }, index) =>
      `select $${index * 2 + 1}::text as schema, $${index * 2 + 2}::text as name, last_value::text, is_called from ${qualified(schema, name)}`,
  );
  const { rows } = await client.query<SequenceState>(
    parts.join(" union all "),
    names.flatMap(({ schema, name }) => [schema, name]),
  );
  return rows;
}

const SET_STATES = `
  select pg_catalog.setval(pg_catalog.format('%I.%I', u.schema, u.name)::pg_catalog.regclass, u.last_value, u.is_called)
    from unnest($1::text[], $2::text[], $3::text[]::bigint[], $4::boolean[]) as u(schema, name, last_value, is_called)`;

async function setStates(client: pg.Client, states: readonly SequenceState[]): Promise<ObjectFailure[]> {
  if (states.length === 0) return [];
  try {
    await client.query(SET_STATES, [
      states.map((state) => state.schema),
      states.map((state) => state.name),
      states.map((state) => state.last_value),
      states.map((state) => state.is_called),
    ]);
    return [];
  } catch (error) {
    const [only] = states;
    if (sqlStateOf(error) === null) throw error;
    if (states.length === 1 && only) return [notSet(only, error)];
    // One bad sequence among many: find it by halves.
    const half = Math.ceil(states.length / 2);
    return [
      ...(await setStates(client, states.slice(0, half))),
      ...(await setStates(client, states.slice(half))),
    ];
  }
}

function unreadable({ schema, name }: SequenceName): ObjectFailure {
  const object = displayName(schema, name);
  return {
    severity: "error",
    kind: "sequence",
    object,
    code: "PRIVILEGE_MISSING",
    sqlState: "42501",
    message: `permission denied for sequence ${object}; its position was not copied`,
    remedy: `grant select on sequence ${qualified(schema, name)} to the source login.`,
    statement: null,
  };
}

function notSet(state: SequenceState, error: unknown): ObjectFailure {
  return {
    severity: "error",
    kind: "sequence",
    object: displayName(state.schema, state.name),
    code: "OBJECT_FAILED",
    sqlState: sqlStateOf(error),
    message: error instanceof Error ? error.message : String(error),
    remedy: describeCode("OBJECT_FAILED").remedy,
    statement: `select setval('${qualified(state.schema, state.name)}', ${state.last_value}, ${state.is_called})`,
  };
}
