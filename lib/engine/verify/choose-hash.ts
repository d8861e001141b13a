import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import type { HashContext, HashMethod } from "./row-hash";
import type { VerifySide } from "./verify-side";

/** In ASCII, which every encoding has: texts of every length up to more than two words of the hash function, long ones, and numbers at the edges of their types. */
const PROBE = `
select pg_catalog.string_agg(h::text, ' ' order by n, seed) as result
  from (select n, seed, pg_catalog.hashtextextended(pg_catalog.repeat('az ~09'::text, n / 3 + n % 5 * 40) collate "C", seed) as h
          from pg_catalog.generate_series(0, 60) n, (values (0::bigint), (1), (-8446744073709551616)) s(seed)
        union all
        select 100 + g, v, pg_catalog.hashint4extended((v >> 32)::int4, pg_catalog.hashint8extended(v, g))
          from (values (0::bigint), (-1), (1), (9223372036854775807), (-9223372036854775807 - 1), (4294967296)) n(v), pg_catalog.generate_series(-2, 2) g
        union all
        select 200, s, pg_catalog.uuid_hash_extended('0123abcd-0123-4567-89ab-cdef01234567', s) from pg_catalog.generate_series(-2, 2) s) x`;

/** Finds out how rows can be hashed so that equal rows give equal hashes on both sides. Throws when a session breaks. */
export async function chooseHash(source: VerifySide, target: VerifySide): Promise<HashContext> {
  const [ours, theirs] = await Promise.all([source, target].map((side) => side.read(probe)));
  const [oursIn, theirsIn] = await Promise.all([source, target].map((side) => side.read(encodingOf)));
  const method: HashMethod = ours !== null && ours === theirs ? "chained" : "md5";
  return {
    method,
    sameEncoding: oursIn === theirsIn,
    oldFloats: Math.min(source.version, target.version) < 120_000,
  };
}

/** null where the functions are not known. */
async function probe(client: pg.Client): Promise<string | null> {
  await client.query("savepoint probe");
  try {
    const { rows } = await client.query<{ result: string }>(PROBE);
    return rows[0]?.result ?? null;
  } catch (error) {
    // undefined_function: a server older than 11.
    if (sqlStateOf(error) !== "42883") throw error;
    await client.query("rollback to savepoint probe");
    return null;
  }
}

async function encodingOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ encoding: string }>(
    "select pg_catalog.current_setting('server_encoding') as encoding",
  );
  return rows[0]?.encoding ?? "";
}
