import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { type Lsn, parseLsn } from "@/lib/postgres/lsn";
import { slotError } from "@/lib/postgres/replication/slot-errors";
import { ident } from "@/lib/postgres/sql";

/** Slots, publications and origins are named alike: howdah_<short id>_<what of it>. */
const NAME = /^howdah_([a-z0-9]{4,16})_[a-z0-9_]+$/;
const MAX_NAME = 63;
const SHORT_ID = /^[a-z0-9]{4,16}$/;

/**
 * A name for the slot, publication and origin of one database of a run. `shortId` is 4 to 16 small letters and digits,
 * `part` tells apart what belongs to the same run, for example the database's number. Throws RangeError on others.
 */
export function captureName(shortId: string, part: string): string {
  const name = `howdah_${shortId}_${part}`;
  if (!SHORT_ID.test(shortId) || !NAME.test(name) || name.length > MAX_NAME)
    throw new RangeError(`no name for a slot can be made of ${JSON.stringify([shortId, part])}`);
  return name;
}

/** The short id in a name made by captureName(); null for any other name. */
export function shortIdOf(name: string): string | null {
  return NAME.exec(name)?.[1] ?? null;
}

export interface SlotHealth {
  name: string;
  plugin: string;
  isActive: boolean;
  /** Backend that reads it. */
  activePid: number | null;
  restartLsn: Lsn | null;
  /** From PostgreSQL 9.6 on. */
  confirmedLsn: Lsn | null;
  currentLsn: Lsn;
  /** Bytes of WAL the source keeps for it; null when it keeps none any more. */
  retainedBytes: bigint | null;
  /** Bytes of WAL written since what was confirmed. */
  behindBytes: bigint | null;
  /** reserved, extended, unreserved or lost; from PostgreSQL 13 on. */
  walStatus: string | null;
  /** Bytes of WAL until the slot may be lost; null: no limit, or not told. */
  safeWalBytes: bigint | null;
  /** Why it is of no use any more; from PostgreSQL 17 on. */
  invalidationReason: string | null;
  /** True when the changes cannot be had any more. */
  isLost: boolean;
}

interface SlotRow {
  slot: Record<string, string | number | boolean | null>;
  current: string;
}

/** As jsonb, because each major has other columns. */
function slotsQuery(version: number, condition: string): string {
  const current =
    version >= 100_000
      ? "case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end"
      : "case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_xlog_replay_location() else pg_catalog.pg_current_xlog_location() end";
  return `select pg_catalog.to_jsonb(s) as slot, (${current})::text as current
            from pg_catalog.pg_replication_slots s where s.slot_type = 'logical' and ${condition}`;
}

/** True when the server is in recovery. Throws what it reports. */
export async function isStandby(client: pg.Client): Promise<boolean> {
  const sql = 'select pg_catalog.pg_is_in_recovery() as "isStandby"';
  return (await client.query<{ isStandby: boolean }>(sql)).rows[0]?.isStandby ?? false;
}

async function versionOf(client: pg.Client): Promise<number> {
  const sql = "select pg_catalog.current_setting('server_version_num')::int as version";
  return (await client.query<{ version: number }>(sql)).rows[0]?.version ?? 0;
}

/** State of a slot, over an ordinary session; null when there is none of that name. Throws what the server reports. */
export async function slotHealth(client: pg.Client, name: string): Promise<SlotHealth | null> {
  const sql = slotsQuery(await versionOf(client), "s.slot_name = $1");
  const { rows } = await client.query<SlotRow>(sql, [name]);
  return rows[0] ? toHealth(rows[0]) : null;
}

/**
 * Slots of the session's database that a run of ours made but nobody reads, and whose run is not among the living ones.
 * Another installation's slots look the same, so removing one takes a person's word. Throws what the server reports.
 */
export async function findLeftoverSlots(
  client: pg.Client,
  isLiving: (shortId: string) => boolean,
): Promise<SlotHealth[]> {
  const condition =
    "s.database = pg_catalog.current_database() and not s.active and s.slot_name like 'howdah\\_%'";
  const { rows } = await client.query<SlotRow>(slotsQuery(await versionOf(client), condition));
  return rows.map(toHealth).filter(({ name }) => isLeftover(name, isLiving));
}

/** Publications of the session's database that dead runs left. Throws what the server reports. */
export async function findLeftoverPublications(
  client: pg.Client,
  isLiving: (shortId: string) => boolean,
): Promise<string[]> {
  if ((await versionOf(client)) < 100_000) return [];
  const sql =
    "select pubname as name from pg_catalog.pg_publication where pubname like 'howdah\\_%' order by 1";
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => name).filter((name) => isLeftover(name, isLiving));
}

/** Replication origins that dead runs left on a target, of whatever database. Throws what the server reports. */
export async function findLeftoverOrigins(
  client: pg.Client,
  isLiving: (shortId: string) => boolean,
): Promise<string[]> {
  const sql =
    "select roname as name from pg_catalog.pg_replication_origin where roname like 'howdah\\_%' order by 1";
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => name).filter((name) => isLeftover(name, isLiving));
}

function isLeftover(name: string, isLiving: (shortId: string) => boolean): boolean {
  const shortId = shortIdOf(name);
  return shortId !== null && !isLiving(shortId);
}

const DROP_PATIENCE_MS = 30_000;
const DROP_AGAIN_MS = 100;

/**
 * Drops a slot made by captureName() after ending the session that reads it; one that is gone already is fine. Throws
 * RangeError for any other name, CodedError SLOT_IN_USE when its reader did not end within 30 s, what the server reports,
 * or the signal's reason.
 */
export async function dropSlot(client: pg.Client, name: string, signal: AbortSignal): Promise<void> {
  if (shortIdOf(name) === null) throw new RangeError(`${JSON.stringify(name)} is not a slot of ours`);
  const until = performance.now() + DROP_PATIENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      await client.query(
        "select pg_catalog.pg_terminate_backend(active_pid) from pg_catalog.pg_replication_slots where slot_name = $1 and active",
        [name],
      );
      await client.query("select pg_catalog.pg_drop_replication_slot($1::name)", [name]);
      return;
    } catch (error) {
      if (sqlStateOf(error) === "42704") return;
      if (sqlStateOf(error) !== "55006" || performance.now() > until) throw slotError(error, name);
    }
    await sleep(DROP_AGAIN_MS, undefined, { signal });
  }
}

/** Drops a publication made by captureName(); one that is gone already is fine. Throws RangeError for any other name. */
export async function dropPublication(client: pg.Client, name: string): Promise<void> {
  if (shortIdOf(name) === null) throw new RangeError(`${JSON.stringify(name)} is not a publication of ours`);
  // A DROP of nothing fires event triggers all the same, and one that refuses DDL would refuse it.
  const { rowCount } = await client.query("select from pg_catalog.pg_publication where pubname = $1", [name]);
  if (rowCount) await client.query(`drop publication if exists ${ident(name)}`);
}

function toHealth({ slot, current }: SlotRow): SlotHealth {
  const text = (column: string) =>
    slot[column] === null || slot[column] === undefined ? null : String(slot[column]);
  const position = (column: string) => {
    const value = text(column);
    return value === null ? null : parseLsn(value);
  };
  const currentLsn = parseLsn(current);
  const since = (lsn: Lsn | null) => (lsn === null ? null : currentLsn > lsn ? currentLsn - lsn : 0n);
  const restartLsn = position("restart_lsn");
  const confirmedLsn = position("confirmed_flush_lsn");
  const walStatus = text("wal_status");
  const safe = text("safe_wal_size");
  const invalidationReason = text("invalidation_reason");
  return {
    name: text("slot_name") ?? "",
    plugin: text("plugin") ?? "",
    isActive: slot["active"] === true,
    activePid: slot["active_pid"] === null ? null : Number(slot["active_pid"]),
    restartLsn,
    confirmedLsn,
    currentLsn,
    retainedBytes: since(restartLsn),
    behindBytes: since(confirmedLsn),
    walStatus,
    safeWalBytes: safe === null ? null : BigInt(safe),
    invalidationReason,
    isLost: walStatus === "lost" || invalidationReason !== null || restartLsn === null,
  };
}
