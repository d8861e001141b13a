import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import type { CopyPair } from "../copy/copy-pair";
import type { ObjectFailure } from "../events";
import type { LiveSlots } from "../live-slots";
import type { TargetRoles } from "../schema/target-roles";
import type { Throttle } from "../throttle";
import { type LargeObjectSettings, missingRoleWarnings, settingStatements } from "./large-object-settings";
import { labelStatements, type SecurityLabel } from "./security-labels";
import { tryStatement } from "./try-statement";

/** First bytes of an object read together with those of others; larger ones go on alone. */
const HEAD_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Bounds a batch to some 6 MB in memory. */
const BATCH = 100;
/** Sessions beside those of the rows; the server's work on an object is small. */
const MOST_WORKERS = 4;
/** So many make a further session worth its opening. */
const OBJECTS_EACH = 8;
/** Milliseconds between two looks for a slot that has become free. */
const LOOK_MS = 200;
/** More than one each, so that none waits for the one with the largest objects. */
const BATCHES_EACH = 4;

interface LargeObject extends LargeObjectSettings {
  readable: boolean;
  labels: SecurityLabel[];
}

interface FurtherSessions {
  slots: LiveSlots;
  open: () => Promise<CopyPair>;
}

export interface LargeObjectOptions {
  /** A session within the copy's snapshot. */
  source: pg.Client;
  target: pg.Client;
  roles: TargetRoles;
  /** Ids of those that are on the target already, as they are on the source. */
  kept?: ReadonlySet<string>;
  /** Further sessions within the same snapshot, each in a slot of its own, which the rows' sessions take too; absent: none. */
  more?: FurtherSessions;
  /** Called after each batch with how many objects are done. */
  onProgress: (done: number, total: number) => void;
  throttle: Throttle;
  signal: AbortSignal;
}

/**
 * Copies large objects with their ids, owners, privileges, comments and labels, in batches of one transaction each
 * (https://www.postgresql.org/docs/current/lo-funcs.html). Returns what could not be copied; throws when a session
 * breaks.
 */
export async function copyLargeObjects(options: LargeObjectOptions): Promise<ObjectFailure[]> {
  const objects = await listLargeObjects(options.source);
  const failures = objects.filter((one) => !one.readable).map(unreadable);
  const readable = objects.filter((one) => one.readable);
  const missing = readable.filter(({ oid }) => !options.kept?.has(oid));
  failures.push(...(await copyAll(options, missing)));
  failures.push(...(await labelAll(options.target, readable)));
  return [...failures, ...missingRoleWarnings(readable, options.roles)];
}

/** By itself, so that a provider the target has not loaded costs labels and no bytes. */
async function labelAll(target: pg.Client, objects: readonly LargeObject[]): Promise<ObjectFailure[]> {
  const failures: ObjectFailure[] = [];
  for (const { oid, labels } of objects)
    for (const statement of labelStatements(`large object ${BigInt(oid)}`, labels)) {
      const failure = await tryStatement(target, statement, { kind: "large-object", object: oid });
      if (failure) failures.push(failure);
    }
  return failures;
}

/** Copies batches while there are some left and `mayGoOn` says so. */
type Work = (source: pg.Client, target: pg.Client, mayGoOn: () => boolean) => Promise<void>;

/** The session that is there takes one batch after the other; so do further ones, as far as it is worth their opening. */
async function copyAll(
  options: LargeObjectOptions,
  objects: readonly LargeObject[],
): Promise<ObjectFailure[]> {
  const most = options.more ? Math.min(MOST_WORKERS, Math.ceil(objects.length / OBJECTS_EACH)) : 1;
  const size = most > 1 ? Math.min(BATCH, Math.ceil(objects.length / (most * BATCHES_EACH))) : BATCH;
  const failures: ObjectFailure[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let [next, done] = [0, 0];
  const work: Work = async (source, target, mayGoOn) => {
    while (next < objects.length && mayGoOn()) {
      const batch = objects.slice(next, next + size);
      next += size;
      failures.push(...(await copyTogether({ ...options, source, target, signal }, batch)));
      done += batch.length;
      options.onProgress(done, objects.length);
    }
  };
  const isLeft = () => next < objects.length && !signal.aborted;
  const onError = (error: unknown) => stop.abort(error);
  const helpers = options.more && new Helpers({ ...options.more, most: most - 1, work, isLeft, onError });
  await work(options.source, options.target, () => true).catch(onError);
  // All are waited for, so that none is at work on a session that is being ended.
  await helpers?.end();
  options.signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  return failures;
}

interface HelpersOptions extends FurtherSessions {
  most: number;
  work: Work;
  isLeft: () => boolean;
  onError: (error: unknown) => void;
}

/** Further pairs of sessions, as many as have a slot at the moment: they come when rows leave some free, and go when the limit falls. */
class Helpers {
  readonly #options: HelpersOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();
  #most: number;

  constructor(options: HelpersOptions) {
    this.#options = options;
    this.#most = options.most;
    this.#timer = setInterval(() => this.#grow(), LOOK_MS);
    this.#grow();
  }

  /** Resolves when none is at work any more; throws nothing. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #grow(): void {
    const { slots, isLeft, onError } = this.#options;
    while (this.#running.size < this.#most && isLeft() && slots.tryEnter()) {
      const run = this.#help()
        .catch(onError)
        .finally(() => {
          slots.leave();
          this.#running.delete(run);
        });
      this.#running.add(run);
    }
  }

  /** Work in a pair of sessions of its own. One that cannot be had leaves the work to the others. */
  async #help(): Promise<void> {
    const { open, slots, work } = this.#options;
    const pair = await open().catch(() => null);
    if (!pair) {
      this.#most -= 1;
      return;
    }
    try {
      await work(pair.source, pair.target, () => !slots.isOverfull);
      await pair.close();
    } catch (error) {
      await pair.terminate();
      throw error;
    }
  }
}

/** One transaction of the target; when it fails its objects are tried one by one. */
async function copyTogether(
  options: LargeObjectOptions,
  objects: readonly LargeObject[],
): Promise<ObjectFailure[]> {
  const { source, target, signal } = options;
  signal.throwIfAborted();
  try {
    await source.query("savepoint large_objects");
    await target.query("begin");
    await copyBatch(options, objects);
    await target.query("commit");
    await source.query("release savepoint large_objects");
    return [];
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    await target.query("rollback");
    await source.query("rollback to savepoint large_objects");
    if (objects.length === 1) return objects.map((one) => notCopied(one, error));
    const failures: ObjectFailure[] = [];
    for (const one of objects) failures.push(...(await copyTogether(options, [one])));
    return failures;
  }
}

/** pg_largeobject_metadata is readable by everyone; the right to read an object is in its ACL, unless it is one's own. */
async function listLargeObjects(client: pg.Client): Promise<LargeObject[]> {
  const { rows } = await client.query<LargeObject>(`
    select m.oid::text as oid, pg_catalog.pg_get_userbyid(m.lomowner) as owner,
           pg_catalog.obj_description(m.oid, 'pg_largeobject') as comment,
           coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('provider', l.provider, 'label', l.label))
                       from pg_catalog.pg_seclabel l
                      where l.objoid = m.oid and l.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass), '[]') as labels,
           coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object(
                              'grantee', coalesce(r.rolname, ''), 'privilege', a.privilege_type, 'grantable', a.is_grantable))
                       from pg_catalog.aclexplode(m.lomacl) a left join pg_catalog.pg_roles r on r.oid = a.grantee
                      where a.grantee <> m.lomowner and (a.grantee = 0 or r.oid is not null)), '[]') as grants,
           pg_catalog.pg_has_role(m.lomowner, 'usage')
             or (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
             or pg_catalog.current_setting('lo_compat_privileges')::boolean
             or exists (select 1 from pg_catalog.aclexplode(m.lomacl) a
                         where a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_catalog.pg_has_role(a.grantee, 'usage'))) as readable
      from pg_catalog.pg_largeobject_metadata m
     order by m.oid`);
  return rows;
}

async function copyBatch(options: LargeObjectOptions, batch: readonly LargeObject[]): Promise<void> {
  const { source, target } = options;
  const { rows } = await source.query<{ oid: string; head: Buffer }>(
    "select o::text as oid, pg_catalog.lo_get(o, 0, $2) as head from unnest($1::text[]::oid[]) as o",
    [batch.map((one) => one.oid), HEAD_BYTES],
  );
  await target.query(
    "select pg_catalog.lo_from_bytea(o, head) from unnest($1::text[]::oid[], $2::bytea[]) as u(o, head)",
    [rows.map((row) => row.oid), rows.map((row) => row.head)],
  );
  await options.throttle.pass(
    rows.reduce((sum, { head }) => sum + head.length, 0),
    options.signal,
  );
  for (const { oid, head } of rows) if (head.length === HEAD_BYTES) await copyRest(options, oid);
  const settings = settingStatements(batch, options.roles);
  if (settings.length > 0) await target.query(settings.join("; "));
}

async function copyRest(
  { source, target, throttle, signal }: LargeObjectOptions,
  oid: string,
): Promise<void> {
  for (let offset = HEAD_BYTES; ; offset += CHUNK_BYTES) {
    signal.throwIfAborted();
    const { rows } = await source.query<{ chunk: Buffer }>(
      "select pg_catalog.lo_get($1::text::oid, $2::bigint, $3) as chunk",
      [oid, offset, CHUNK_BYTES],
    );
    const chunk = rows[0]?.chunk;
    if (!chunk || chunk.length === 0) return;
    await target.query("select pg_catalog.lo_put($1::text::oid, $2::bigint, $3)", [oid, offset, chunk]);
    if (chunk.length < CHUNK_BYTES) return;
    await throttle.pass(chunk.length, signal);
  }
}

function unreadable({ oid, owner }: LargeObject): ObjectFailure {
  return {
    severity: "error",
    kind: "large-object",
    object: oid,
    code: "PRIVILEGE_MISSING",
    sqlState: "42501",
    message: `permission denied for large object ${oid}, owned by ${owner}`,
    remedy: `grant select on large object ${oid} to the source login.`,
    statement: null,
  };
}

function notCopied({ oid }: LargeObject, error: unknown): ObjectFailure {
  const { code, sqlState, message, remedy } = toCodedError(error, "OBJECT_FAILED");
  return {
    severity: "error",
    kind: "large-object",
    object: oid,
    code,
    sqlState,
    message,
    remedy,
    statement: null,
  };
}
