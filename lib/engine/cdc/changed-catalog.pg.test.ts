import type pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { endClient } from "@/lib/postgres/end-client";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { openCapture } from "./open-capture";
import { captureName } from "./slots";

const NAME = captureName("test", "changing");

const CHANGES = "select data from pg_logical_slot_peek_changes($1, null, null) where data like 'table %'";

test.each([12, 15, 18] as const)(
  "a slot of a %i server that overlooked changes of tables while it was made is made again",
  async (major) => {
    await using server = await startTestServer(major, { settings: { wal_level: "logical" } });
    const source = settingsOf(server, "changing");
    await runSql(settingsOf(server), "create database changing");
    const tables = ["emptied (id int)", "widened (id int)", "other (id int)"];
    await runSql(source, ...tables.map((table) => `create table ${table}`));
    const begin = async (...statements: string[]): Promise<pg.Client> => {
      const client = await connect(source);
      onTestFinished(() => endClient(client));
      for (const statement of ["begin", ...statements]) await client.query(statement);
      return client;
    };
    const untilSlotWaits = async (...clients: pg.Client[]): Promise<void> => {
      const pids = await Promise.all(
        clients.map(async (client) => (await client.query("select pg_backend_pid() as pid")).rows[0].pid),
      );
      const waiting =
        "select from pg_stat_activity where application_name = 'howdah slot' and pg_blocking_pids(pid) && $1::int[]";
      await expect.poll(async () => (await queryRows(source, waiting, [pids])).length).toBe(1);
    };

    const notes: string[] = [];
    const earlier = await begin("insert into other values (1)");
    const opening = openCapture({
      source,
      capture: { name: NAME, plugin: "test_decoding" },
      filter: undefined,
      earlier: null,
      report: (event) => {
        if (event.type === "note") notes.push(event.message);
      },
      signal: new AbortController().signal,
    });
    await untilSlotWaits(earlier);
    const altering = await begin("truncate emptied", "alter table widened add added text");
    const other = await begin("insert into other values (2)");
    await earlier.query("commit");
    await untilSlotWaits(altering, other);
    await altering.query("commit");
    const late = await begin("insert into widened values (1, 'new')", "insert into emptied values (1)");
    await other.query("commit");
    await expect.poll(() => notes).toContainEqual(expect.stringContaining("is made again"));
    await late.query("commit");
    const snapshot = await opening;
    const seen = await snapshot.client.query("select added from public.widened, public.emptied");
    await endClient(snapshot.client);

    expect(seen.rows).toEqual([{ added: "new" }]);
    await runSql(source, "insert into widened values (2, 'newer')", "insert into emptied values (2)");
    expect(await queryRows(source, CHANGES, [NAME])).toEqual([
      { data: "table public.widened: INSERT: id[integer]:2 added[text]:'newer'" },
      { data: "table public.emptied: INSERT: id[integer]:2" },
    ]);
  },
);
