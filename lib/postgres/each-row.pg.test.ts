import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql, withSession } from "@/lib/engine/testing/with-session";
import { eachRow } from "./each-row";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(18);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("every row is shown, in order, and the session goes on", async () => {
  await withSession(settingsOf(server), async (client) => {
    const seen: unknown[] = [];
    const sql = "select n, $1::text as v from generate_series(1, 30000) n";
    await eachRow(client, sql, ["x"], (row) => seen.push(row));
    expect(seen).toHaveLength(30_000);
    expect([seen[0], seen.at(-1)]).toEqual([
      { n: 1, v: "x" },
      { n: 30_000, v: "x" },
    ]);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });
});

test("an error after some rows is thrown as the server reports it, and the session goes on", async () => {
  await withSession(settingsOf(server), async (client) => {
    const seen: unknown[] = [];
    const sql = "select 1 / (20000 - n) from generate_series(1, 30000) n";
    await expect(eachRow(client, sql, [], (row) => seen.push(row))).rejects.toMatchObject({ code: "22012" });
    expect(seen.length).toBeLessThan(20_000);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });
});

test("a session that is ended in the middle ends it", async () => {
  await withSession(settingsOf(server), async (client) => {
    client.on("error", () => undefined);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const reading = eachRow(
      client,
      "select n, pg_sleep(0.01) from generate_series(1, 100000) n",
      [],
      () => undefined,
    );
    const ended = runSql(settingsOf(server), `select pg_terminate_backend(${rows[0]?.pid})`);
    await expect(reading).rejects.toThrow(/terminat/);
    await ended;
  });
});
