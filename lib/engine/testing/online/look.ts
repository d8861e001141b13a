import pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { EMPTIED_TABLES, type OnlineTable } from "./online-tables";
import { LEDGER, rowHash, TEXT_SETTINGS } from "./tally";

/** Rows of a table, and the sum of their hashes. */
export interface Sum {
  rows: bigint;
  hash: bigint;
}

/** One snapshot of a database: what a table holds and what it should hold by its ledger are compared later. */
export interface Look {
  /** ISO 8601, for the report. */
  at: string;
  /** Highest number in the ledger; 0 when it is empty. */
  last: number;
  /** Of the ledger's own rows. */
  ledger: Sum;
  sums: Map<string, Sum>;
  /** What the applications' rules say is wrong; empty when nothing is. */
  broken: string[];
}

/** Names of rules, and conditions that find rows against them; each holds after every transaction of the writers. */
const RULES: Record<string, string> = {
  "the sum of all balances never changes": "select 1 from s.account having sum(balance) <> 50 * 1000",
  "a counter is as high as its history is long":
    "select 1 from s.counter c where value <> (select count(*) from s.history h where h.counter_id = c.id)",
  "no child without its parent":
    "select 1 from s.child c where not exists (select from s.parent p where p.id = c.parent_id)",
  "no grandchild of nobody":
    "select 1 from s.grandchild g where child_id is not null and not exists (select from s.child c where c.id = g.child_id)",
  "seats keep their labels": "select 1 from s.seat having count(distinct label) <> 20",
  "places keep their positions":
    "select 1 from s.place having count(distinct position) <> 20 or min(position) <> 1 or max(position) <> 20",
  "all batches are of this epoch":
    "select 1 from s.batch where epoch <> (select number from s.epoch where id = 1)",
  "generated values follow": "select 1 from s.generated where b is distinct from a * 2",
  "nobody's transactions have gaps": `select 1 from ${LEDGER} group by writer having count(*) <> max(seq) or count(distinct seq) <> max(seq)`,
  "the ledger has no gaps": `select 1 from ${LEDGER} having count(*) <> coalesce(max(n), 0) or count(distinct n) <> count(*)`,
};

/** Takes looks at one database over a session of its own, which it opens again when it was lost. */
export class Watcher implements AsyncDisposable {
  readonly #settings: ConnectionSettings;
  readonly #tables: readonly OnlineTable[];
  #client: pg.Client | null = null;

  constructor(settings: ConnectionSettings, tables: readonly OnlineTable[]) {
    this.#settings = settings;
    this.#tables = tables;
  }

  /** A look; null when the server cannot be asked just now, or the tables are locked. Throws what no fault explains. */
  async look(): Promise<Look | null> {
    try {
      return await this.#take(await this.#session());
    } catch (error) {
      const state = error instanceof pg.DatabaseError ? (error.code ?? "") : null;
      if (state === "55P03" || state === "40P01") {
        await this.#client?.query("rollback").catch(() => undefined);
        return null;
      }
      await this[Symbol.asyncDispose]();
      if (state !== null && !/^(57P|08|53|3D)/.test(state)) throw error;
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #session(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const { host, port, user, password, database } = this.#settings;
    const client = new pg.Client({ host, port, user, password, database, application_name: "watcher" });
    client.on("error", () => {
      if (this.#client === client) this.#client = null;
    });
    await client.connect();
    await client.query(TEXT_SETTINGS);
    this.#client = client;
    return client;
  }

  async #take(client: pg.Client): Promise<Look> {
    await client.query("begin isolation level repeatable read read only");
    // A snapshot older than a TRUNCATE sees an empty table, so these are held before it is taken. Never waits: whoever applies
    // changes must not be made to lose a deadlock by being watched.
    await client.query(`lock table ${EMPTIED_TABLES.join(", ")} in access share mode nowait`);
    const { rows } = await client.query<{ name: string; rows: string; hash: string }>(this.#sumsSql());
    const last = await client.query(`select coalesce(max(n), 0)::int as last from ${LEDGER}`);
    const rules = await client.query<{ rule: string }>(RULES_SQL);
    await client.query("commit");
    const sums = new Map(rows.map((row) => [row.name, { rows: BigInt(row.rows), hash: BigInt(row.hash) }]));
    const ledger = sums.get(LEDGER) ?? { rows: 0n, hash: 0n };
    sums.delete(LEDGER);
    const broken = rules.rows.map(({ rule }) => rule);
    return { at: new Date().toISOString(), last: last.rows[0].last, ledger, sums, broken };
  }

  #sumsSql(): string {
    const one = (name: string, relation: string) =>
      `select '${name}' as name, count(*) as rows, ${rowHash("t")} as hash from ${relation} t`;
    return [one(LEDGER, LEDGER), ...this.#tables.map(({ name, relation }) => one(name, relation))].join(
      " union all ",
    );
  }
}

const RULES_SQL = Object.entries(RULES)
  .map(([rule, sql]) => `select '${rule.replaceAll("'", "''")}' as rule where exists (${sql})`)
  .join(" union all ");
