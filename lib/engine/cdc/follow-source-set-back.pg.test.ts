import { execFileSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import type { FollowStart } from "./follow-options";
import { follow, leftovers, makeOnlinePair, moveOnline, type OnlinePair } from "./testing/following";

let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(17), startTestServer(18)]);
});

afterAll(async () => {
  await source?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

const SCHEMA = ["create table one (id int primary key, v text)"];

/** Follows until the target is as the source is now. */
async function catchUp(pair: OnlinePair, start: FollowStart): Promise<void> {
  const following = follow(pair, start);
  await following.event("caught-up");
  following.abort(new Error("stopped"));
  await expect(following.result).rejects.toThrow("stopped");
}

/** Stops the source and copies all its files, as a snapshot of its disk or a standby has them. */
async function snapshotOfDisk(): Promise<string> {
  await source.stop();
  const copy = `${source.dataDirectory}-copy`;
  execFileSync("cp", ["-a", source.dataDirectory, copy]);
  return copy;
}

/** The copy takes the source's place, at the same address; promoted, it goes on along a timeline of its own. */
async function takesPlace(copy: string, isPromoted: boolean): Promise<void> {
  await source.stop();
  rmSync(source.dataDirectory, { recursive: true });
  renameSync(copy, source.dataDirectory);
  if (isPromoted) writeFileSync(join(source.dataDirectory, "recovery.signal"), "", { mode: 0o644 });
  source = await source.restart({ restore_command: "false" });
  const inRecovery = () =>
    queryRows(settingsOf(source), "select from pg_stat_activity where pg_is_in_recovery()");
  await expect.poll(inRecovery, { timeout: 30_000 }).toEqual([]);
}

test.each([false, true])(
  "a source that was set back does not pass for one in step (promoted: %s)",
  async (isPromoted) => {
    const pair = await makeOnlinePair(source, target, `set_back_${isPromoted}`, SCHEMA);
    const start = await moveOnline(pair, "test_decoding");
    await catchUp(pair, start);
    const copy = await snapshotOfDisk();
    source = await source.restart();
    await runSql(pair.source, "insert into one select i, 'lost' from generate_series(1, 500) i");
    await catchUp(pair, start);
    await takesPlace(copy, isPromoted);
    // Along another timeline it may even have come further meanwhile.
    const rows = isPromoted ? 20_000 : 1;
    await runSql(pair.source, `insert into one select i, 'new' from generate_series(1, ${rows}) i`);
    const following = follow(pair, start);
    await expect(following.result).rejects.toMatchObject({ code: "SOURCE_BEHIND", transient: false });
    // A wish to cut over does not get past it, and nothing was applied or taken away.
    await expect(follow(pair, start).cutOver()).rejects.toMatchObject({ code: "SOURCE_BEHIND" });
    expect(await queryRows(pair.target, "select v, count(*)::int as n from one group by v")).toEqual([
      { v: "lost", n: 500 },
    ]);
    expect(await leftovers(pair)).toContain(`slot ${pair.name}`);
  },
);

test("a source that failed over in step is gone on with, again and again", async () => {
  const pair = await makeOnlinePair(source, target, "failed_over", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  await runSql(pair.source, "insert into one values (1, 'before')");
  await catchUp(pair, start);
  for (const round of [2, 3]) {
    await takesPlace(await snapshotOfDisk(), true);
    await runSql(pair.source, `insert into one values (${round}, 'after')`);
    await catchUp(pair, start);
    // Past the end of the timeline before, which must not count as ahead of the source from now on.
    await catchUp(pair, start);
  }
  await runSql(pair.source, "insert into one values (4, 'last')");
  await follow(pair, start).cutOver();
  const rows = "select id, v from one order by id";
  expect(await queryRows(pair.target, rows)).toEqual(await queryRows(pair.source, rows));
  expect(await leftovers(pair)).toEqual([]);
});
