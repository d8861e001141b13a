import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { runSql } from "../testing/with-session";
import { dropCapture } from "./drop-capture";
import { follow, leftovers, makeOnlinePair, moveOnline } from "./testing/following";

let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  const settings = { max_wal_size: "32MB", max_slot_wal_keep_size: "16MB", wal_sender_timeout: "1s" };
  [source, target] = await Promise.all([startTestServer(17, { settings }), startTestServer(18)]);
});

afterAll(async () => {
  await source?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

test("a slot that is given up while the target is slow is not in the way of the source's checkpoints", async () => {
  const pair = await makeOnlinePair(source, target, "given_up", ["create table one (id int, v text)"]);
  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start, { limits: () => ({ bytesPerSecond: 1_000, connections: null }) });
  await following.event("caught-up");
  for (let round = 0; round < 6; round++)
    await runSql(
      pair.source,
      "insert into one select i, repeat('x', 900) from generate_series(1, 6000) i",
      // Without an end of the stream one of these would wait for as long as the throttle takes.
      "checkpoint",
    );
  await expect(following.result).rejects.toMatchObject({ code: "SLOT_LOST", transient: false });
  const { signal } = new AbortController();
  await dropCapture({ ...pair, capture: pair, signal });
  expect(await leftovers(pair)).toEqual([]);
});
