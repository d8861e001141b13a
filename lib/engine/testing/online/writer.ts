import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { Chance } from "../random/chance";
import type { Action, WeighedActions } from "./action";
import { KEY_ACTIONS } from "./actions-keys";
import { ROW_ACTIONS } from "./actions-rows";
import { LEDGER, TEXT_SETTINGS } from "./tally";

export interface WriterOptions {
  settings: ConnectionSettings;
  /** With the seed it decides what is written; what the other writers hold decides what of it succeeds. */
  number: number;
  seed: number;
  bulkRows: number;
  /** Milliseconds between two transactions; asked each time. */
  pauseMs: () => number;
  /** Actions never to be done, e.g. because the replication in question cannot carry them. */
  without?: readonly string[];
  /** The writer ends after its transaction; writers never end with one open. */
  signal: AbortSignal;
}

/** What one writer did, and what would be its own fault. */
export interface WriterReport {
  committed: number;
  rolledBack: number;
  /** Committed or not was not to be learnt, or nothing was to be had at all. */
  connectionsLost: number;
}

const WAIT_MS = 50;
/** One within the other. */
const SAVEPOINTS = ["one", "two", "three"] as const;
const ALL_ACTIONS: WeighedActions = { ...KEY_ACTIONS, ...ROW_ACTIONS };

const SESSION = `${TEXT_SETTINGS}; set lock_timeout = 400; set deadlock_timeout = 50; set statement_timeout = 20000`;

/**
 * Writes transactions to `s` until told to stop: some actions each, in savepoints and out of them, some of which are rolled back,
 * as some transactions are. Every committed one is booked. What an application would live with (deadlocks, locks, duplicate
 * keys, lost connections) it lives with; anything else is thrown.
 */
export async function runWriter(options: WriterOptions): Promise<WriterReport> {
  const writer = new Writer(options);
  try {
    return await writer.run();
  } finally {
    await writer.close();
  }
}

class Writer {
  readonly #options: WriterOptions;
  readonly #chance: Chance;
  readonly #choices: [string, Action][];
  readonly #report: WriterReport = { committed: 0, rolledBack: 0, connectionsLost: 0 };
  #client: pg.Client | null = null;
  #seq = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed * 1_000 + options.number);
    const known = Object.entries(ALL_ACTIONS).filter(([name]) => !options.without?.includes(name));
    this.#choices = known.flatMap(([name, { weight, act }]) =>
      Array.from({ length: weight }, (): [string, Action] => [name, act]),
    );
  }

  async run(): Promise<WriterReport> {
    while (!this.#options.signal.aborted) {
      try {
        const client = await this.#session();
        await this.#transaction(client);
      } catch (error) {
        await this.#bear(error);
      }
      await sleep(this.#options.pauseMs());
    }
    return this.#report;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  /** An open session; a new one learns what the last one left committed. */
  async #session(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const { host, port, user, password, database } = this.#options.settings;
    const client = new pg.Client({ host, port, user, password, database, application_name: "writer" });
    client.on("error", () => this.#lose(client));
    try {
      await client.connect();
      await client.query(SESSION);
      const sql = `select coalesce(max(seq), 0)::int as seq from ${LEDGER} where writer = $1`;
      this.#seq = (await client.query(sql, [this.#options.number])).rows[0].seq;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    return client;
  }

  #lose(client: pg.Client): void {
    if (this.#client === client) this.#client = null;
  }

  async #transaction(client: pg.Client): Promise<void> {
    const chance = this.#chance;
    await client.query("begin");
    const kinds: string[] = [];
    for (let step = chance.between(1, 4); step > 0; step--) kinds.push(await this.#step(client));
    // Others begin and commit meanwhile.
    if (chance.percent(10)) await sleep(chance.between(1, 40));
    if (chance.percent(8)) {
      await client.query("rollback");
      this.#report.rolledBack++;
      return;
    }
    const seq = this.#seq + 1;
    await client.query(`select s.book(${this.#options.number}, ${seq}, '${kinds.join(" ")}'); commit`);
    this.#seq = seq;
    this.#report.committed++;
  }

  /** One action, perhaps in a savepoint, which perhaps is rolled back, as perhaps is one within it. */
  async #step(client: pg.Client, depth = 0): Promise<string> {
    const chance = this.#chance;
    const [name, act] = chance.pick(this.#choices);
    const scene = { client, chance, bulkRows: this.#options.bulkRows };
    if (depth === SAVEPOINTS.length || !chance.percent(30)) {
      await act(scene);
      return name;
    }
    const savepoint = SAVEPOINTS[depth];
    await client.query(`savepoint ${savepoint}`);
    await act(scene);
    const inner = depth > 0 || chance.percent(40) ? ` ${await this.#step(client, depth + 1)}` : "";
    const [release, undo] = [`release ${savepoint}`, `rollback to ${savepoint}`];
    const end = chance.pick([release, undo, `${undo}; ${release}`, ""]);
    if (end !== "") await client.query(end);
    return end.startsWith(undo) ? `(${name}${inner})` : `${name}${inner}`;
  }

  async #bear(error: unknown): Promise<void> {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const state = error instanceof pg.DatabaseError ? (error.code ?? "") : null;
    // Rolled back by the server: deadlock, a constraint, a lock or a statement that took too long.
    if (state !== null && /^(40|23|55P03|57014)/.test(state)) {
      this.#report.rolledBack++;
      await this.#client?.query("rollback").catch(() => undefined);
      return;
    }
    if (state !== null && !/^(57P|08|53)/.test(state)) throw error;
    this.#report.connectionsLost++;
    await this.close();
    await sleep(WAIT_MS);
  }
}
