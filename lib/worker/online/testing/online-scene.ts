import { setTimeout as sleep } from "node:timers/promises";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import type { MigrationCreateInput } from "@/lib/migrations/contract";
import { connect } from "@/lib/postgres/connect";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";

/** A store, a source and a target for tests of online migrations. */
export class OnlineScene implements AsyncDisposable {
  readonly testStore: TestStore;
  source: TestServer;
  target: TestServer;
  #count = 0;

  private constructor(testStore: TestStore, source: TestServer, target: TestServer) {
    this.testStore = testStore;
    this.source = source;
    this.target = target;
  }

  static async start(): Promise<OnlineScene> {
    // A walsender whose reader died without a word is noticed within two seconds.
    const settings = { wal_sender_timeout: "2s", autovacuum: "off" };
    const [testStore, source, target] = await Promise.all([
      startTestStore(),
      startTestServer(16, { settings }),
      startTestServer(17),
    ]);
    return new OnlineScene(testStore, source, target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.testStore, this.source, this.target].map((each) => each[Symbol.asyncDispose]()));
  }

  /** Makes a database with a few tables on the source; with `rows` in the largest. */
  async createDatabase(name: string, rows = 2_000): Promise<void> {
    await runSql(settingsOf(this.source), `create database ${name}`);
    await runSql(
      settingsOf(this.source, name),
      "create table account (id int primary key, balance bigint not null default 0, note text)",
      "create table entry (id bigserial primary key, account_id int not null references account, amount int not null)",
      // Only counting them tells of a row that came twice.
      "create table line (text text)",
      "alter table line replica identity full",
      "create materialized view total as select count(*) as entries, sum(amount) as amount from entry",
      "insert into account select i, 0, repeat('x', 500) from generate_series(1, 50) i",
      `insert into entry (account_id, amount) select i % 50 + 1, 0 from generate_series(1, ${rows}) i`,
      "refresh materialized view total",
    );
  }

  /** Creates an online migration of the databases; `properties` override, and `login` is another one of the source. */
  async create(
    databases: string[],
    properties: Partial<MigrationCreateInput["properties"]> = {},
    login: { user?: string; password?: string } = {},
  ): Promise<string> {
    const server = await registerServer(this.target);
    const body = bodyOf({ ...this.source, ...login }, this.target, {
      migrationMode: "Online",
      migrationOption: "Migrate",
      dbsToMigrate: databases,
      ...properties,
    });
    const name = `online-${++this.#count}`;
    return (await createMigration({ server, name, body, actor: "test" })).id;
  }

  /** Drops databases on both servers. */
  async drop(...databases: string[]): Promise<void> {
    for (const name of databases) {
      await runSql(settingsOf(this.target), `drop database if exists ${name} with (force)`);
      await runSql(settingsOf(this.source), `drop database if exists ${name} with (force)`);
    }
  }

  /** What stands on both servers to follow changes, as lines; empty when nothing is left. */
  async captures(databases: readonly string[]): Promise<string[]> {
    const slots = await queryRows<{ line: string }>(
      settingsOf(this.source),
      "select 'slot ' || slot_name as line from pg_replication_slots",
    );
    const origins = await queryRows<{ line: string }>(
      settingsOf(this.target),
      "select 'origin ' || roname as line from pg_replication_origin",
    );
    const publications = await Promise.all(
      databases.map((name) =>
        queryRows<{ line: string }>(
          settingsOf(this.source, name),
          "select 'publication ' || pubname as line from pg_publication",
        ),
      ),
    );
    return [...slots, ...origins, ...publications.flat()].map(({ line }) => line);
  }
}

export type OnlineRow = Awaited<ReturnType<typeof readMigration>>;

/** The migration with its databases, their problems and its events in order. */
export function readMigration(id: string) {
  return store().migration.findUniqueOrThrow({
    where: { id },
    include: {
      databases: { orderBy: { position: "asc" }, include: { problems: true } },
      events: { orderBy: { id: "asc" } },
    },
  });
}

/** Waits until the migration is as wished; fails with what it is instead. */
export async function until(
  id: string,
  what: string,
  isSo: (row: OnlineRow) => boolean | undefined,
  ms = 60_000,
): Promise<OnlineRow> {
  const deadline = performance.now() + ms;
  for (;;) {
    const row = await readMigration(id);
    if (isSo(row)) return row;
    if (performance.now() > deadline || row.substate === "Completed") {
      const databases = row.databases.map(
        ({ name, state, phase, message, problems }) =>
          `${name} ${state}/${phase} ${message} ${problems.map((one) => `${one.code} ${one.message}`).join("; ")}`,
      );
      const events = row.events.slice(-8).map(({ kind, message }) => `${kind}: ${message}`);
      throw new Error(
        [`not ${what}: ${row.state}/${row.substate} ${row.error}`, ...databases, ...events].join("\n"),
      );
    }
    await sleep(50);
  }
}

/** True once nothing more happens. */
export function ended(row: OnlineRow): boolean {
  return row.substate === "Completed";
}

/** Messages of the events of a kind. */
export function messagesOf(row: OnlineRow, kind: string): string[] {
  return row.events.filter((event) => event.kind === kind).map(({ message }) => message);
}

export interface Writer extends AsyncDisposable {
  /** Stops and returns how many transactions were committed. */
  stop(): Promise<number>;
}

/** Books entries on accounts of a database until stopped, as an application would; every transaction keeps the sums equal. */
export async function startWriter(source: TestServer, database: string): Promise<Writer> {
  const client = await connect(
    { ...settingsOf(source, database), sslMode: "Prefer" },
    { applicationName: "test" },
  );
  const stopping = new AbortController();
  let transactions = 0;
  const running = (async () => {
    for (let turn = 1; !stopping.signal.aborted; turn++) {
      const [from, to] = [(turn % 50) + 1, ((turn * 7) % 50) + 1];
      await client.query("begin");
      await client.query("insert into entry (account_id, amount) values ($1, $2), ($3, $4)", [
        from,
        -turn,
        to,
        turn,
      ]);
      await client.query("insert into line values ($1)", [`turn ${turn % 10}`]);
      await client.query("update account set balance = balance - $2 where id = $1", [from, turn]);
      await client.query("update account set balance = balance + $2 where id = $1", [to, turn]);
      if (turn % 5 === 0) await client.query("delete from entry where id = $1", [turn]);
      await client.query("commit");
      transactions++;
      await sleep(5);
    }
  })();
  // Whoever stops it gets its error.
  running.catch(() => undefined);
  const stop = async () => {
    stopping.abort();
    await running;
    await client.end().catch(() => undefined);
    return transactions;
  };
  return {
    stop,
    [Symbol.asyncDispose]: () =>
      stop().then(
        () => undefined,
        () => undefined,
      ),
  };
}
