import type pg from "pg";
import { toCodedError } from "@/lib/postgres/errors";
import { differingFacts, readLargeObjectFacts, repairOf } from "./large-object-facts";
import type { RowDifference, VerifiedItem, VerifiedResult } from "./verify-events";
import { resultOf, type VerifyRun } from "./verify-run";

export const LARGE_OBJECTS: VerifiedItem = { kind: "large-objects", schema: "", name: "large objects" };

/** Objects whose beginnings are read by one statement; the bytes stay on the server, which returns digests. */
const BATCH = 200;
const HEAD_BYTES = 256 * 1024;
const CHUNK_BYTES = 4 * 1024 * 1024;

interface Digest {
  /** Digests of the object's pieces, one after the other. */
  digest: string;
  bytes: number;
}

/** Compares the ids, bytes, owners, comments and privileges of all large objects and reports the item. Sparse ranges count as the zeros they read as. */
export async function verifyLargeObjects(run: VerifyRun): Promise<VerifiedResult> {
  const startedAt = performance.now();
  run.report({ type: "item-started", item: LARGE_OBJECTS });
  const result = await compare(run, startedAt).catch((error: unknown) => {
    run.signal.throwIfAborted();
    const { message } = toCodedError(error, "INTERNAL");
    return resultOf(LARGE_OBJECTS, "unchecked", `They could not all be read: ${message}`, startedAt);
  });
  run.report({ type: "item-ended", result });
  return result;
}

async function compare(run: VerifyRun, startedAt: number): Promise<VerifiedResult> {
  const [ours, theirs] = await Promise.all([run.source.read(listIds), run.target.read(listIds)]);
  const [here, there] = [new Set(ours), new Set(theirs)];
  const differences: RowDifference[] = [];
  let total = 0;
  const tell = (difference: RowDifference) => {
    total += 1;
    if (differences.length < run.maxDifferences) differences.push(difference);
  };
  for (const oid of ours) if (!there.has(oid)) tell(differenceOf("missing", oid, null, null));
  for (const oid of theirs) if (!here.has(oid)) tell(differenceOf("extra", oid, null, null));
  const [sourceRoles, targetRoles] = await Promise.all([
    run.source.read(readRoles),
    run.target.read(readRoles),
  ]);
  const known = new Set(sourceRoles.filter((role) => targetRoles.includes(role)));
  const common = ours.filter((oid) => there.has(oid));
  for (let at = 0; at < common.length; at += BATCH) {
    const batch = common.slice(at, at + BATCH);
    const [left, right] = await Promise.all([
      run.source.read((client) => digests(run, client, batch, "source")),
      run.target.read((client) => digests(run, client, batch, "target")),
    ]);
    for (const oid of batch) {
      const [source, target] = [left.get(oid), right.get(oid)];
      if (source && target && source.digest !== target.digest)
        tell(differenceOf("changed", oid, source, target));
    }
    const [from, to] = await Promise.all([
      run.source.read((client) => readLargeObjectFacts(client, batch, known)),
      run.target.read((client) => readLargeObjectFacts(client, batch, known)),
    ]);
    for (const oid of batch) {
      const [source, target] = [from.get(oid), to.get(oid)];
      const facts = source && target ? differingFacts(source, target, known) : null;
      if (facts)
        tell({ kind: "changed", key: { oid: `${oid}` }, ...facts, repair: repairOf(oid, facts.source) });
    }
  }
  if (differences.length > 0) run.report({ type: "rows-differ", item: LARGE_OBJECTS, rows: differences });
  const figures = { sourceRows: `${ours.length}`, targetRows: `${theirs.length}`, differences: total };
  const message =
    total === 0
      ? null
      : `${total.toLocaleString("en")} large ${total === 1 ? "object differs" : "objects differ"}.`;
  return resultOf(LARGE_OBJECTS, total === 0 ? "equal" : "different", message, startedAt, figures);
}

function differenceOf(
  kind: RowDifference["kind"],
  oid: number,
  source: Digest | null,
  target: Digest | null,
): RowDifference {
  const shown = (digest: Digest | null): Record<string, string> => ({
    oid: `${oid}`,
    ...(digest ? { bytes: `${digest.bytes}`, md5: digest.digest.slice(0, 32) } : {}),
  });
  const sql = kind === "extra" ? `select pg_catalog.lo_unlink(${oid})` : null;
  return {
    kind,
    key: { oid: `${oid}` },
    source: kind === "extra" ? null : shown(source),
    target: kind === "missing" ? null : shown(target),
    repair: sql,
  };
}

async function readRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>("select rolname as name from pg_catalog.pg_roles");
  return rows.map(({ name }) => name);
}

async function listIds(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<[number]>({
    text: "select m.oid from pg_catalog.pg_largeobject_metadata m order by m.oid",
    rowMode: "array",
  });
  return rows.map(([oid]) => Number(oid));
}

async function digests(
  run: VerifyRun,
  client: pg.Client,
  batch: readonly number[],
  side: "source" | "target",
): Promise<Map<number, Digest>> {
  const throttle = side === "source" ? run.sourceThrottle : run.targetThrottle;
  const { rows } = await client.query<{ oid: number; digest: string; bytes: number }>(
    `select o::int8 as oid, pg_catalog.md5(head) as digest, pg_catalog.octet_length(head) as bytes
       from (select o, pg_catalog.lo_get(o, 0, ${HEAD_BYTES}) as head from unnest($1::text[]::oid[]) o offset 0) x`,
    [batch.map(String)],
  );
  const found = new Map<number, Digest>();
  for (const { oid, digest, bytes } of rows) {
    await throttle.pass(bytes, run.signal);
    const whole = { digest, bytes };
    if (bytes === HEAD_BYTES) await addRest(run, client, Number(oid), whole, throttle);
    found.set(Number(oid), whole);
  }
  return found;
}

async function addRest(
  run: VerifyRun,
  client: pg.Client,
  oid: number,
  whole: Digest,
  throttle: VerifyRun["sourceThrottle"],
): Promise<void> {
  for (;;) {
    run.signal.throwIfAborted();
    const { rows } = await client.query<{ digest: string; bytes: number }>(
      `select pg_catalog.md5(chunk) as digest, pg_catalog.octet_length(chunk) as bytes
         from (select pg_catalog.lo_get($1::text::oid, $2::bigint, ${CHUNK_BYTES}) as chunk offset 0) x`,
      [`${oid}`, whole.bytes],
    );
    const { digest = "", bytes = 0 } = rows[0] ?? {};
    if (bytes === 0) return;
    await throttle.pass(bytes, run.signal);
    whole.digest += digest;
    whole.bytes += bytes;
    if (bytes < CHUNK_BYTES) return;
  }
}
