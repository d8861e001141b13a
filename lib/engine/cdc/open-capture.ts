import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { type Lsn, maxLsn, NO_LSN, parseLsn } from "@/lib/postgres/lsn";
import {
  type CreatedSlot,
  type NewSlot,
  ReplicationSession,
} from "@/lib/postgres/replication/replication-session";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import type { MoveCheckpoint } from "../checkpoint";
import { listTables } from "../copy/list-tables";
import { holdImportedSnapshot, type SourceSnapshot } from "../copy/source-snapshot";
import type { Report } from "../events";
import type { DatabaseFilter } from "../filter/database-filter";
import { resolveOptionalFilter } from "../filter/resolve-filter";
import { tableKey } from "../schema/restore-plan";
import type { OutputPlugin } from "./change-stream";
import { isCatalogChanged, nextTransactionId } from "./changed-catalog";
import type { Capture, CaptureOptions } from "./follow-options";
import { inOwnSession } from "./own-session";
import { preferredPlugins } from "./preferred-plugins";
import { createPublication } from "./publication";
import { dropPublication, dropSlot, isStandby, slotHealth } from "./slots";
import { assertSourceHolds, type SourceHistory } from "./source-history";
import { reportWaiting } from "./waiting-transactions";

/** What keeps a source's changes, and since when. */
export interface CapturedSource {
  capture: Capture;
  /** The snapshot shows every transaction whose commit ends at or before it, and no other. */
  lsn: Lsn;
  /** By tableKey(): tables of which a stream tells every change; null: all that are logged. */
  published: ReadonlySet<string> | null;
}

export interface OpenCaptureOptions {
  source: ConnectionSettings;
  capture: CaptureOptions;
  filter: DatabaseFilter | undefined;
  /** Of a run that is gone on with: its slot has to be there. */
  earlier: MoveCheckpoint | null;
  report: Report;
  signal: AbortSignal;
}

/** Each makes a slot; between two the source gets a moment to end what it is doing. */
const ATTEMPTS = 20;
const AGAIN_MS = 100;

/**
 * Has the source keep its changes from a snapshot on, and holds that snapshot: publications where the plugin needs them,
 * then the slot. For an earlier run that is gone on with, its slot stays, and the snapshot is that of a slot that is
 * dropped again. Throws CodedError (CHECKPOINT_UNUSABLE when the earlier slot is gone, OUTPUT_PLUGIN_MISSING, ...) or the
 * signal's reason; what was made for `capture.name` is the owner's to drop.
 */
export async function openCapture(options: OpenCaptureOptions): Promise<SourceSnapshot> {
  const { source, signal } = options;
  try {
    return await inOwnSession(source, "howdah capture", signal, (client) =>
      new CaptureOpening(options, client).open(),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw toCodedError(error, "INTERNAL", options.capture.name);
  }
}

/** The first whose slots may be kept on standbys, too (logicaldecoding-explanation.html#LOGICALDECODING-REPLICATION-SLOTS-SYNCHRONIZATION). */
const FAILOVER_VERSION = 170_000;

/** Codes of errors that one plugin meets and another may not: of publishing tables, of their locks, of a plugin that is not there. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "PRIVILEGE_MISSING",
  "STATEMENT_TIMED_OUT",
  "OUTPUT_PLUGIN_MISSING",
]);

const CHANGED_MEANWHILE =
  "The replication slot is made again: tables of the source were made, altered, emptied or rewritten meanwhile.";

/** raise_exception: what an event trigger says that refuses DDL. */
const RAISED = "P0001";

function refused(error: unknown): never {
  if (sqlStateOf(error) !== RAISED) throw error;
  const said = toCodedError(error, "INTERNAL").message;
  const message = `An event trigger of the source refuses the publication that pgoutput needs: ${said} Exempt this login from it, disable it, or choose test_decoding.`;
  throw new CodedError("PRIVILEGE_MISSING", message, { cause: error, sqlState: RAISED });
}

/** Name of the slot that only lends its snapshot. */
export function lendingSlot(name: string): string {
  return `${name}_t`;
}

class CaptureOpening {
  readonly #options: OpenCaptureOptions;
  readonly #client: pg.Client;

  constructor(options: OpenCaptureOptions, client: pg.Client) {
    this.#options = options;
    this.#client = client;
  }

  async open(): Promise<SourceSnapshot> {
    const { capture, earlier, signal } = this.#options;
    if (earlier) return await this.#openSlot(await this.#assertKept(earlier), await this.#publications());
    await dropSlot(this.#client, capture.name, signal);
    if (capture.plugin !== null) return await this.#openWith(capture.plugin);
    const [best, next] = await this.#preferredPlugins();
    return next === undefined ? await this.#openWith(best) : await this.#openWithBest(best, next);
  }

  async #preferredPlugins() {
    const { rows } = await this.#client.query<{ version: number; encoding: string }>(
      `select pg_catalog.current_setting('server_version_num')::int as version,
              pg_catalog.current_setting('server_encoding') as encoding`,
    );
    const { version = 0, encoding = "" } = rows[0] ?? {};
    return preferredPlugins(version, encoding);
  }

  /** With `next` when the source does not let the login use `best`. */
  async #openWithBest(best: OutputPlugin, next: OutputPlugin): Promise<SourceSnapshot> {
    try {
      // Waiting for the end of a VACUUM of hours is worse than the next best.
      await this.#client.query("set lock_timeout = '10s'");
      return await this.#openWith(best);
    } catch (error) {
      const { code, message, transient } = toCodedError(error, "INTERNAL");
      if (transient || !REFUSALS.has(code)) throw error;
      this.#options.report({
        type: "note",
        message: `${best} cannot be used: ${message} Changes are read with ${next} instead.`,
      });
    }
    await this.#client.query("set lock_timeout = 0");
    return await this.#openWith(next);
  }

  async #openWith(plugin: OutputPlugin): Promise<SourceSnapshot> {
    return await this.#openSlot(plugin, await this.#publish(plugin));
  }

  async #openSlot(plugin: OutputPlugin, publications: readonly string[]): Promise<SourceSnapshot> {
    const { report, signal } = this.#options;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const snapshot = await this.#holdSlot(plugin, publications);
      if (snapshot) return snapshot;
      if (attempt === 1) report({ type: "note", message: CHANGED_MEANWHILE });
      await sleep(AGAIN_MS, undefined, { signal });
    }
    throw new CodedError(
      "STATEMENT_TIMED_OUT",
      "Tables of the source were made, altered, emptied or rewritten again and again while their snapshot was taken.",
      { transient: true },
    );
  }

  /** The slot has to be that of the rows that are there: one that was made anew begins later. Returns what it is read with. */
  async #assertKept({ parts }: MoveCheckpoint): Promise<OutputPlugin> {
    const { name } = this.#options.capture;
    const slot = await slotHealth(this.#client, name);
    const isLater = ({ lsn }: { lsn?: string | null }) =>
      typeof lsn === "string" && slot?.confirmedLsn != null && slot.confirmedLsn > parseLsn(lsn);
    if (slot && !slot.isLost && !parts.some(isLater)) return slot.plugin as OutputPlugin;
    throw new CodedError(
      "CHECKPOINT_UNUSABLE",
      `The replication slot ${name} of the earlier run is gone from the source, and with it what was changed since: the database has to be copied anew.`,
      { subject: name },
    );
  }

  /** Of the source now; what an earlier run has copied has to be of the same. */
  async #history(session: ReplicationSession): Promise<SourceHistory> {
    const { earlier, capture } = this.#options;
    const lsns = (earlier?.parts ?? []).flatMap(({ lsn }) => (lsn ? [parseLsn(lsn)] : []));
    try {
      return await assertSourceHolds({
        session,
        slot: capture.name,
        known: earlier && historyOf(earlier),
        lsn: lsns.reduce(maxLsn, NO_LSN),
        isStandby: () => isStandby(this.#client),
      });
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "SOURCE_BEHIND" || error.transient) throw error;
      throw new CodedError("CHECKPOINT_UNUSABLE", error.message, { cause: error, subject: capture.name });
    }
  }

  /** Null when a table was rewritten meanwhile, or the slot may not read every change rightly; it is gone then. */
  async #holdSlot(plugin: OutputPlugin, publications: readonly string[]): Promise<SourceSnapshot | null> {
    const { source, capture, earlier, signal } = this.#options;
    const isLent = earlier !== null;
    await using session = await ReplicationSession.open(source, { applicationName: "howdah slot", signal });
    const isTemporary = isLent && session.version >= 100_000;
    const name = isLent ? lendingSlot(capture.name) : capture.name;
    if (isLent) await dropSlot(this.#client, name, signal);
    const history = await this.#history(session);
    const before = await nextTransactionId(this.#client);
    const slot = await this.#createSlot(session, { name, plugin, temporary: isTemporary });
    const held = await this.#hold(slot, isLent ? null : before);
    await session.end();
    if (isLent || !held) await dropSlot(this.#client, name, signal);
    if (!held) return null;
    const published = plugin === "pgoutput" ? await this.#published(held.client, publications) : null;
    const whole = { name: capture.name, plugin, publications: [...publications], history };
    return { ...held, captured: { capture: whole, lsn: slot.consistentPoint, published } };
  }

  /** `before`: what the slot that is to be read is known not to have overlooked; null when nothing will be read from it. */
  async #hold(slot: CreatedSlot, before: string | null): Promise<SourceSnapshot | null> {
    const { source, signal } = this.#options;
    const held = await holdImportedSnapshot(source, slot.snapshot, signal);
    if (!held || before === null) return held;
    try {
      if (!(await isCatalogChanged(held.client, before))) return held;
    } catch (error) {
      await endClient(held.client);
      throw error;
    }
    await endClient(held.client);
    return null;
  }

  /** The server waits for every transaction that is under way; after some seconds it is told which. */
  async #createSlot(session: ReplicationSession, slot: NewSlot): Promise<CreatedSlot> {
    const { report, signal } = this.#options;
    const done = new AbortController();
    const until = AbortSignal.any([signal, done.signal]);
    const watching = reportWaiting(this.#client, report, until);
    try {
      const failover =
        !slot.temporary && session.version >= FAILOVER_VERSION && !(await isStandby(this.#client));
      return await session.createSlot({ ...slot, failover }, signal);
    } finally {
      done.abort();
      await watching;
    }
  }

  /** Tables that move; what an attempt before left is replaced. */
  async #publish(plugin: OutputPlugin): Promise<string[]> {
    const { capture, filter, report } = this.#options;
    for (const name of await this.#publications()) await dropPublication(this.#client, name);
    if (plugin !== "pgoutput") return [];
    const resolved = await resolveOptionalFilter(this.#client, filter);
    const tables = (await listTables(this.#client)).filter(
      (table) => resolved.movesRows(table) && table.readable,
    );
    const leftOut = await createPublication(this.#client, capture.name, tables).catch(refused);
    const { length } = leftOut;
    if (length > 0)
      report({
        type: "note",
        message: `${length} table${length === 1 ? " has" : "s have"} no replica identity that can be published: copied again at the cutover, because the source would refuse updates of published ones.`,
        data: { tables: leftOut.slice(0, 100) },
      });
    return [capture.name];
  }

  async #publications(): Promise<string[]> {
    const { capture } = this.#options;
    if (!(await hasPublications(this.#client))) return [];
    const { rows } = await this.#client.query<{ name: string }>(
      "select pubname as name from pg_catalog.pg_publication where pubname = $1",
      [capture.name],
    );
    return rows.map(({ name }) => name);
  }

  /** As of the snapshot: a table that came after the publication was made is not in it. */
  async #published(client: pg.Client, publications: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await client.query<{ schema: string; name: string }>(
      "select schemaname as schema, tablename as name from pg_catalog.pg_publication_tables where pubname = any ($1::text[])",
      [publications],
    );
    return new Set(rows.map(tableKey));
  }
}

/** As of the earlier run's last snapshot, where its login could read that. */
function historyOf({ head }: MoveCheckpoint): SourceHistory | null {
  const timeline = /^([0-9A-F]{8})\//.exec(head.source.snapshot)?.[1];
  if (timeline === undefined) return null;
  return { systemId: head.source.systemIdentifier, timeline: Number.parseInt(timeline, 16) };
}

async function hasPublications(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(
    "select pg_catalog.to_regclass('pg_catalog.pg_publication') is not null as known",
  );
  return rows[0]?.known ?? false;
}
