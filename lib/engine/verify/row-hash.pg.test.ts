import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { runSql } from "../testing/with-session";
import { Throttle } from "../throttle";
import { checksumText } from "./checksum";
import { chooseHash } from "./choose-hash";
import { listVerifiedTables } from "./list-verified-tables";
import { readTableChecksum } from "./read-checksums";
import type { HashContext } from "./row-hash";
import { TablePair } from "./table-pair";
import { NASTY } from "./testing/nasty-rows";
import { VerifySide } from "./verify-side";

let servers: TestServer[] = [];

beforeAll(async () => {
  servers = await Promise.all([startTestServer(12), startTestServer(18)]);
  await Promise.all(servers.map((server) => runSql(settingsOf(server), NASTY)));
  const [, newer] = servers;
  // The same texts in another encoding.
  if (newer) {
    await runSql(settingsOf(newer), "create database latin encoding 'LATIN1' locale 'C' template template0");
    await runSql(
      settingsOf(newer, "latin"),
      "create table t (v text)",
      "insert into t values ('äöü'), ('plain'), (null)",
    );
    await runSql(
      settingsOf(newer),
      "create table t (v text)",
      "insert into t values ('äöü'), (null), ('plain')",
    );
  }
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

const { signal } = new AbortController();

async function withSides<T>(
  databases: [number, string][],
  use: (sides: VerifySide[]) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const sides: VerifySide[] = [];
  for (const [index, database] of databases) {
    const server = servers[index];
    if (!server) throw new Error("no server");
    sides.push(stack.use(await VerifySide.start("source", settingsOf(server, database), () => 2, signal)));
  }
  return await use(sides);
}

/** Checksum of every table, by name. */
async function checksums(side: VerifySide, context: HashContext): Promise<Record<string, string>> {
  const tables = await side.read((client) => listVerifiedTables(client, side.version));
  using throttle = new Throttle();
  const entries: [string, string][] = [];
  for (const table of tables.filter(({ populated }) => populated)) {
    const { hash } = new TablePair(table, table, context);
    const sum = await readTableChecksum({ table, hash }, { side, throttle });
    entries.push([table.name, `${sum.rows} ${checksumText(sum)}`]);
  }
  return Object.fromEntries(entries);
}

test("the hash functions of 12 and 18 agree and are used, and so does the way without them", async () => {
  await withSides(
    [
      [0, "postgres"],
      [1, "postgres"],
    ],
    async ([older, newer]) => {
      if (!older || !newer) throw new Error("no sides");
      const context = await chooseHash(older, newer);
      expect(context).toEqual({ method: "chained", sameEncoding: true, oldFloats: false });
      for (const method of ["chained", "md5"] as const) {
        const ours = await checksums(older, { ...context, method });
        const { t: _onlyThere, ...theirs } = await checksums(newer, { ...context, method });
        expect(Object.keys(ours).length).toBeGreaterThan(10);
        expect(theirs).toEqual(ours);
      }
    },
  );
});

test("text in another encoding is the same text", async () => {
  await withSides(
    [
      [1, "postgres"],
      [1, "latin"],
    ],
    async ([utf8, latin]) => {
      if (!utf8 || !latin) throw new Error("no sides");
      const context = await chooseHash(utf8, latin);
      expect(context.sameEncoding).toBe(false);
      const [ours, theirs] = [await checksums(utf8, context), await checksums(latin, context)];
      expect(theirs["t"]).toMatch(/^3 /);
      expect(theirs["t"]).toBe(ours["t"]);
    },
  );
});

test("a connection that breaks is replaced while the snapshot stands, and without the snapshot nothing is read", async () => {
  await withSides([[1, "postgres"]], async ([side]) => {
    if (!side) throw new Error("no side");
    const end = (pids: string) =>
      runSql(side.settings, `select pg_terminate_backend(pid) from pg_stat_activity where ${pids}`);
    await runSql(side.settings, "insert into keyless values (99, 'later')");
    let attempts = 0;
    const read = () =>
      side.read(async (client) => {
        attempts += 1;
        const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
        if (attempts === 1) await end(`pid = ${rows[0]?.pid}`);
        return (await client.query<{ n: number }>("select count(*)::int as n from public.keyless")).rows[0]
          ?.n;
      });
    expect(await read()).toBe(5);
    expect(attempts).toBe(2);
    await end("application_name = 'howdah verify'");
    await expect(read()).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      message: expect.stringContaining("snapshot"),
    });
  });
});
