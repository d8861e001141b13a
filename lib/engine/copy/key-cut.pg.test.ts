import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { EngineEvent } from "../events";
import { createTargetDatabase, dropTargetDatabase } from "../target-database";
import { compareDatabases } from "../testing/compare-databases";
import { type MemoryCheckpoint, memoryCheckpoint } from "../testing/memory-checkpoint";
import { type MoveReport, type MoveSettings, moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import { listVerifiedTables } from "../verify/list-verified-tables";
import { partConditions } from "../verify/read-checksums";
import { verifyAndCollect } from "../verify/testing/verify-and-collect";
import { VerifySide } from "../verify/verify-side";
import { type KeyCut, keyCondition, keyRanges, readKeyCut } from "./key-cut";

/** The newest source whose tables are not cut by pages. */
const MAJOR = 12;
const COPY = "key_copy";

const servers = serversForFile(MAJOR, 17, { settings: { autovacuum: "off" } });
let source: ConnectionSettings;
let small: ConnectionSettings;
let target: ConnectionSettings;
let checkpoint: MemoryCheckpoint;
const { signal } = new AbortController();

/** Two tables on enough pages to be cut in two: one in the order of its key, one in none. */
const LARGE = [
  `create table "Big" ("I d" bigint, v text, constraint pk primary key ("I d")) with (fillfactor = 10)`,
  // From below nought over a gap of nearly the whole range, with ever larger steps.
  `insert into "Big" select case when i <= 12000 then i - 9000 else 9000000000000000000 + i::bigint * i * i end, repeat(md5(i::text), 14)
     from generate_series(1, 34000) i`,
  "create table shuffled (id int primary key, v text) with (fillfactor = 10)",
  // Several rows a page, else each page would belong to one range all the same.
  "insert into shuffled select i, repeat(md5(i::text), 3) from generate_series(1, 58000) i order by md5(i::text)",
];

const SMALL = [
  "create table descending (id smallint primary key)",
  "insert into descending select -i from generate_series(1, 9999) i",
  // Nine of ten rows are of one tenant.
  "create table tenants (tenant int, id int, primary key (tenant, id))",
  "insert into tenants select case when i <= 9000 then 7 else i end, i from generate_series(1, 10000) i",
  "create table second_key (a uuid primary key, id int not null)",
  "create index on second_key (id)",
  "insert into second_key select md5(i::text)::uuid, i from generate_series(1, 10000) i",
  "create table nullable (id int unique)",
  "insert into nullable select generate_series(1, 10000)",
  "create table partly (id int not null)",
  "create unique index on partly (id) where id > 5; create index on partly ((id + 1)); create index on partly using hash (id)",
  "insert into partly select generate_series(1, 10000)",
  "create table constant (a int not null, b int, primary key (a, b))",
  "insert into constant select 1, generate_series(1, 10000)",
  "create table unordered (id int primary key)",
  "insert into unordered select i from generate_series(1, 10000) i order by md5(i::text)",
  "create table empty_one (id int primary key)",
];

beforeAll(async () => {
  await runSql(settingsOf(servers.source), "create database large", "create database small");
  source = settingsOf(servers.source, "large");
  small = settingsOf(servers.source, "small");
  target = settingsOf(servers.target, COPY);
  await Promise.all([runSql(source, ...LARGE), runSql(small, ...SMALL)]);
});

describe("a cut", () => {
  async function cutOf(name: string, parts = 4): Promise<KeyCut | null> {
    return await withSession(small, async (client) => {
      await client.query("begin");
      const cut = await readKeyCut(client, { schema: "public", name, pages: 50 }, parts);
      // Whatever happened, the transaction goes on.
      await client.query("commit");
      return cut;
    });
  }

  /** Rows of each range. */
  async function rowsOf(name: string, cut: KeyCut): Promise<number[]> {
    const counts = keyRanges(cut).map(
      (range) => `(select count(*)::int from ${name} where ${keyCondition(range)})`,
    );
    const [row] = await queryRows(small, `select array[${counts.join(", ")}] as counts`);
    return row?.["counts"] as number[];
  }

  test("is by the primary key, negative and descending ones included; parts are of one size", async () => {
    const cut = await cutOf("descending");
    expect(cut).toEqual({ column: "id", bounds: ["-7500", "-5000", "-2500"] });
    if (cut) expect(await rowsOf("descending", cut)).toEqual([2499, 2500, 2500, 2500]);
  });

  test("leaves a value that most rows have in one part", async () => {
    const cut = await cutOf("tenants", 20);
    expect(cut).toEqual({ column: "tenant", bounds: ["9500"] });
    if (cut) expect(await rowsOf("tenants", cut)).toEqual([9499, 501]);
  });

  test("takes another indexed column where the primary key is no integer", async () => {
    expect(await cutOf("second_key", 2)).toEqual({ column: "id", bounds: ["5000"] });
  });

  test.each(["nullable", "partly", "constant", "unordered", "empty_one", "not_there"])(
    "is not made of %s",
    async (name) => expect(await cutOf(name)).toBeNull(),
  );
});

describe("a table of a source before 14", () => {
  beforeEach(async () => {
    checkpoint = memoryCheckpoint();
    const server = { target: settingsOf(servers.target), name: COPY, signal };
    await dropTargetDatabase(server);
    await createTargetDatabase({ ...server, source });
  });

  /** Ends as a killed worker would, once a part of "Big" is noted. */
  async function moveUntilNoted(): Promise<void> {
    const abort = new AbortController();
    checkpoint.onAppend = (parts) => {
      if (parts.some(({ name }) => name === "Big")) setImmediate(() => abort.abort(new Error("killed")));
    };
    const limits = () => ({ bytesPerSecond: null, connections: 1 });
    await expect(move({ limits, signal: abort.signal })).rejects.toThrow("killed");
    checkpoint.onAppend = () => undefined;
  }

  async function move(settings: Partial<MoveSettings> = {}): Promise<MoveReport> {
    return await moveAndReport({ source, target, checkpoint, ...settings });
  }

  function partsOf(events: readonly EngineEvent[]): Record<string, number> {
    return Object.fromEntries(
      events.flatMap((event) => (event.type === "table-completed" ? [[event.table.name, event.parts]] : [])),
    );
  }

  async function expectEqual({ error, failures }: MoveReport): Promise<void> {
    expect([error, failures]).toEqual([null, []]);
    expect(await compareDatabases(source, target)).toEqual([]);
  }

  test("is copied in parts when its rows lie in the order of its key; resumed, only what is missing", async () => {
    await moveUntilNoted();
    expect(checkpoint.known?.head.splits).toEqual([
      { schema: "public", name: "Big", column: "I d", bounds: [expect.stringMatching(/^90000\d{14}$/)] },
    ]);
    const noted = checkpoint.known?.parts ?? [];
    expect(noted).toMatchObject([{ name: "Big", parts: 2 }]);
    const last = await move();
    expect(partsOf(last.events)).toEqual({ Big: 2, shuffled: 1 });
    expect(checkpoint.writes.filter((write) => write.includes("Big")).sort()).toEqual([
      "append Big/0",
      "append Big/1",
    ]);
    await expectEqual(last);
  });

  test("is copied anew when the source was written to meanwhile", async () => {
    await moveUntilNoted();
    await runSql(source, `update "Big" set "I d" = -9e18 where "I d" = 5`);
    const last = await move();
    expect(checkpoint.writes).toContain("forget Big");
    await expectEqual(last);
  });

  test("is read in parts when it is verified, each row in one of them", async () => {
    await expectEqual(await move());
    await using side = await VerifySide.start("source", source, () => 2, signal);
    const tables = await side.read((client) => listVerifiedTables(client, side.version));
    const conditions = new Map<string, string[]>();
    for (const table of tables) conditions.set(table.name, await partConditions(table, side, true));
    expect(conditions.get("shuffled")).toEqual([]);
    expect(conditions.get("Big")?.length).toBeGreaterThan(10);
    const counts = (conditions.get("Big") ?? []).map(
      (condition) => `(select count(*) from "Big" t where ${condition})`,
    );
    expect(await queryRows(source, `select (${counts.join(" + ")})::int as rows`)).toEqual([
      { rows: 34_000 },
    ]);

    const limits = () => ({ bytesPerSecond: 1e9, connections: null });
    expect(await verifyAndCollect(source, target, { limits })).toMatchObject({ outcome: "equal" });
    await runSql(target, `delete from "Big" where "I d" = -8999`);
    const { rows } = await verifyAndCollect(source, target, { limits });
    expect(rows.get("public.Big")).toMatchObject([{ kind: "missing", key: { "I d": "-8999" } }]);
  });
});
