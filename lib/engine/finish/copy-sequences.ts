import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { displayName, literal, qualified } from "@/lib/postgres/sql";
import { describeCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";
import type { ResolvedFilter } from "../filter/resolve-filter";

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
  filter: Pick<ResolvedFilter, "moves">,
  signal: AbortSignal,
): Promise<ObjectFailure[]> {
  const failures: ObjectFailure[] = [];
  const names = (await listSequences(source)).filter((one) => filter.moves(one));
  failures.push(...names.filter((one) => !one.readable).map((one) => unreadable(one)));
  const readable = names.filter((one) => one.readable);
  for (let at = 0; at < readable.length; at += BATCH) {
    signal.throwIfAborted();
    failures.push(...(await copyBatch(source, target, readable.slice(at, at + BATCH))));
  }
  return failures;
}

/** One bad sequence among many is found by halves. */
async function copyBatch(
  source: pg.Client,
  target: pg.Client,
  names: readonly SequenceName[],
): Promise<ObjectFailure[]> {
  const [only] = names;
  if (!only) return [];
  try {
    await setStates(target, await readStates(source, names));
    return [];
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    if (names.length === 1)
      return isDenied(error) && (await isUntouched(source, only)) ? [] : [notSet(only, error)];
    const half = Math.ceil(names.length / 2);
    const first = await copyBatch(source, target, names.slice(0, half));
    return [...first, ...(await copyBatch(source, target, names.slice(half)))];
  }
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

async function setStates(client: pg.Client, states: readonly SequenceState[]): Promise<void> {
  await client.query(SET_STATES, [
    states.map((state) => state.schema),
    states.map((state) => state.name),
    states.map((state) => state.last_value),
    states.map((state) => state.is_called),
  ]);
}

/**
 * True for one of an extension that has given no number yet: it stands at its start on the target, too, where often a superuser
 * alone may set it. Its owner is seldom the login (extend-extensions.html).
 */
async function isUntouched(source: pg.Client, { schema, name }: SequenceName): Promise<boolean> {
  const { rows } = await source.query<{ untouched: boolean }>(
    `select not s.is_called and s.last_value::text = (select i.start_value from information_schema.sequences i
                                                       where i.sequence_schema = $2 and i.sequence_name = $3)
            and exists (select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                           and d.objid = $1::pg_catalog.regclass and d.deptype = 'e') as untouched
       from ${qualified(schema, name)} s`,
    [qualified(schema, name), schema, name],
  );
  return rows[0]?.untouched === true;
}

function isDenied(error: unknown): boolean {
  return sqlStateOf(error) === "42501";
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

function notSet({ schema, name }: SequenceName, error: unknown): ObjectFailure {
  const sqlState = sqlStateOf(error);
  const code = codeOf(sqlState);
  return {
    severity: "error",
    kind: "sequence",
    object: displayName(schema, name),
    code,
    sqlState,
    message: error instanceof Error ? error.message : String(error),
    remedy: isDenied(error)
      ? `Have the owner of the target's sequence run: grant update on sequence ${qualified(schema, name)} to the target login; then retry.`
      : describeCode(code).remedy,
    statement: `select setval(${literal(qualified(schema, name))}, last_value, is_called) -- both from the source's sequence`,
  };
}

/** undefined_table, or its schema: it could not be created, which was reported. */
function codeOf(sqlState: string | null): "OBJECT_SKIPPED" | "PRIVILEGE_MISSING" | "OBJECT_FAILED" {
  if (sqlState === "42P01" || sqlState === "3F000") return "OBJECT_SKIPPED";
  return sqlState === "42501" ? "PRIVILEGE_MISSING" : "OBJECT_FAILED";
}
