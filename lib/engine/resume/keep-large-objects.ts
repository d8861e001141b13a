import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { differingFacts, readLargeObjectFacts } from "../verify/large-object-facts";

/** Objects compared by one statement, one piece of each; the bytes stay on the servers, which return digests. */
const BATCH = 200;
const PIECE_BYTES = 4 * 1024 * 1024;
/** Each takes a lock until its transaction ends. */
const UNLINKED_AT_ONCE = 500;

/**
 * Takes away the target's large objects that are not what the source's are, in bytes, owner, comment and privileges, or that the
 * source does not have. Returns the ids of those that stay. `source` is a session within a transaction. Throws what the servers
 * report, and the signal's reason when aborted.
 */
export async function keepEqualLargeObjects(
  source: pg.Client,
  target: pg.Client,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const there = await listIds(target);
  if (there.length === 0) return new Set();
  const here = new Set(await listIds(source));
  const targetRoles = new Set(await listRoles(target));
  const known = new Set((await listRoles(source)).filter((role) => targetRoles.has(role)));
  const common = there.filter((oid) => here.has(oid));
  const kept = new Set<string>();
  for (let at = 0; at < common.length; at += BATCH) {
    signal.throwIfAborted();
    const batch = common.slice(at, at + BATCH);
    for (const oid of await equalOf(source, target, batch, known, signal)) kept.add(oid);
  }
  const others = there.filter((oid) => !kept.has(oid));
  for (let at = 0; at < others.length; at += UNLINKED_AT_ONCE) {
    signal.throwIfAborted();
    const some = others.slice(at, at + UNLINKED_AT_ONCE);
    await target.query("select pg_catalog.lo_unlink(o) from unnest($1::text[]::oid[]) as o", [some]);
  }
  return kept;
}

async function equalOf(
  source: pg.Client,
  target: pg.Client,
  batch: readonly string[],
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string[]> {
  const oids = batch.map(Number);
  const [ours, theirs] = await Promise.all([
    readLargeObjectFacts(source, oids, known),
    readLargeObjectFacts(target, oids, known),
  ]);
  const alike = batch.filter((oid) => {
    const [from, to] = [ours.get(Number(oid)), theirs.get(Number(oid))];
    return from && to && differingFacts(from, to, known) === null;
  });
  await source.query("savepoint large_objects");
  try {
    const equal = await withEqualBytes(source, target, alike, signal);
    await source.query("release savepoint large_objects");
    return equal;
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    // One may no longer be read, for instance: they are copied anew, which tells of it.
    await source.query("rollback to savepoint large_objects");
    return [];
  }
}

async function withEqualBytes(
  source: pg.Client,
  target: pg.Client,
  oids: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const equal: string[] = [];
  let open = oids;
  for (let offset = 0; open.length > 0; offset += PIECE_BYTES) {
    signal.throwIfAborted();
    const [ours, theirs] = await Promise.all([
      readPieces(source, open, offset),
      readPieces(target, open, offset),
    ]);
    const same = open.filter((oid) => ours.get(oid)?.digest === theirs.get(oid)?.digest);
    equal.push(...same.filter((oid) => ours.get(oid)?.isLast));
    open = same.filter((oid) => ours.get(oid)?.isLast === false);
  }
  return equal;
}

async function readPieces(
  client: pg.Client,
  oids: readonly string[],
  offset: number,
): Promise<Map<string, { digest: string; isLast: boolean }>> {
  const { rows } = await client.query<{ oid: string; digest: string; bytes: number }>(
    `select o::text as oid, pg_catalog.md5(piece) as digest, pg_catalog.octet_length(piece) as bytes
       from (select o, pg_catalog.lo_get(o, $2::bigint, ${PIECE_BYTES}) as piece from unnest($1::text[]::oid[]) as o offset 0) x`,
    [oids, offset],
  );
  return new Map(rows.map(({ oid, digest, bytes }) => [oid, { digest, isLast: bytes < PIECE_BYTES }]));
}

async function listIds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ oid: string }>(
    "select oid::text as oid from pg_catalog.pg_largeobject_metadata order by pg_largeobject_metadata.oid",
  );
  return rows.map(({ oid }) => oid);
}

async function listRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>("select rolname as name from pg_catalog.pg_roles");
  return rows.map(({ name }) => name);
}
