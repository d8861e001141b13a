import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { underLoad } from "@/lib/util/testing/under-load";
import { serversForFile } from "../testing/server-pair";
import { queryRows, runSql } from "../testing/with-session";
import type { OutputPlugin } from "./change-stream";
import {
  type Following,
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  type OnlinePair,
} from "./testing/following";

const servers = serversForFile(17, 18);

const ROWS = 150_000;
/** What a wish may take to be seen, with all that a busy machine adds. */
const SEEN_WITHIN_MS = 5_000;

const COUNT = "select count(*)::int as n, coalesce(sum(v), 0)::text as sum from big";

async function countOf({ target }: OnlinePair): Promise<number> {
  return (await queryRows<{ n: number }>(target, COUNT))[0]?.n ?? -1;
}

/** Resolves when a part of the transaction has been taken. */
async function inTheMiddle(following: Following): Promise<void> {
  const isTaken = () =>
    following.events.some(
      (event) => event.type === "follow-progress" && event.figures.incomingChanges > ROWS / 20,
    );
  while (!isTaken()) await Promise.race([sleep(20), following.result]);
}

test.each<OutputPlugin>(["test_decoding", "pgoutput"])(
  "a large transaction keeps no wish waiting, is never seen half and is gone on with (%s)",
  async (plugin) => {
    const pair = await makeOnlinePair(servers.source, servers.target, `large_${plugin}`, [
      "create table big (id int primary key, v int)",
      "create table small (id int primary key)",
    ]);
    const start = await moveOnline(pair, plugin);
    await runSql(
      pair.source,
      `begin; insert into big select i, i % 1000 from generate_series(1, ${ROWS}) i; insert into small values (1);
       update big set v = v + 1 where id % 100 = 0; commit`,
    );
    // About 1.4 MB of values, so that neither run comes to its end by itself.
    let bytesPerSecond: number | null = 100_000;
    const limits = () => ({ bytesPerSecond, connections: null });

    const first = follow(pair, start, { limits });
    await inTheMiddle(first);
    expect(await countOf(pair)).toBe(0);
    const abortedAt = performance.now();
    first.abort(new Error("canceled"));
    await expect(first.result).rejects.toThrow("canceled");
    expect(performance.now() - abortedAt).toBeLessThan(underLoad(SEEN_WITHIN_MS));
    expect(await countOf(pair)).toBe(0);

    const second = follow(pair, start, { limits });
    await inTheMiddle(second);
    const wishedAt = performance.now();
    second.wish = { kind: "cutover" };
    await second.event("cutover-started");
    expect(performance.now() - wishedAt).toBeLessThan(underLoad(SEEN_WITHIN_MS));
    expect(await countOf(pair)).toBe(0);
    bytesPerSecond = null;
    expect((await second.result).failures).toEqual([]);
    expect(await queryRows(pair.target, COUNT)).toEqual(await queryRows(pair.source, COUNT));
    expect(await queryRows(pair.target, "select id from small")).toEqual([{ id: 1 }]);
    expect(await leftovers(pair)).toEqual([]);
  },
);
