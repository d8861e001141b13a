import { describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { CodedError } from "@/lib/util/coded-error";

import { startTcpProxy } from "../../testing/tcp-proxy";
import { currentLsn, openStream, readUntil } from "../testing/capture";
import type { ApplierOptions } from "./apply-options";
import { dropProgress } from "./progress";
import { applyAll, emptyReport, makePair, openApplier, type Pair, pump } from "./testing/apply-all";
import {
  applyServers,
  codeOf,
  expectEqual,
  onTarget,
  plainLogin,
  TABLES,
  write,
  writeMuch,
} from "./testing/apply-servers";

const servers = applyServers();

describe("exactly once", () => {
  test("goes on from where the target is, and skips what it has by the end of the commit alone", async () => {
    const pair = await servers.pairOf();
    await write(pair, "update a set v = v + 1", "insert into b values (101, 1)");
    const first = await applyAll(pair);
    expect(first.notes).toEqual([]);
    await write(pair, "update a set v = v + 1");
    await using again = await openApplier(pair, emptyReport());
    expect(again.progressLsn).toBeGreaterThan(pair.source.consistentPoint);
    // From the slot's beginning, as if the slot had not been told.
    await using stream = await openStream(pair.source, { slot: await copyOfSlot(pair) });
    await again.apply(await readUntil(stream, await currentLsn(pair.source.client)));
    await again.commit();
    expect(again.counters.updates).toBe(100);
    await expectEqual(pair);
  });

  test.each(["origin", "row"] as const)(
    "survives kills of the target at any moment, progress by %s",
    async (kind) => {
      const server = await startTestServer(18);
      let running: TestServer = server;
      const pair = await makePair({ source: servers.source, target: server }, "test_decoding", TABLES);
      servers.keep(pair);
      const login = kind === "row" ? await plainLogin(pair.target) : pair.target;
      const limited = { ...pair, target: login };
      try {
        const options: Partial<ApplierOptions> = {};
        for (let round = 1; round <= 2; round++) {
          const writing = writeMuch(pair, round);
          const reported = emptyReport();
          const applier = await openApplier(limited, reported, options);
          const pumping = pump(limited, applier, 0xffff_ffff_ffff_ffffn).catch((error: unknown) => error);
          await new Promise((resolve) => setTimeout(resolve, 60 * round));
          await running.kill();
          // A target that is gone is noticed by what is to be written to it.
          const touching = setInterval(() => void write(pair, "update a set v = v where id = 1"), 200);
          expect(await pumping.finally(() => clearInterval(touching))).toBeInstanceOf(CodedError);
          await applier[Symbol.asyncDispose]();
          running = await running.restart();
          await writing;
          await using after = await openApplier(limited, reported, options);
          await pump(limited, after);
          expect(reported.divergences).toEqual([]);
          await expectEqual(pair);
        }
        expect((await onTarget(pair.target, "select from pg_replication_origin")).length).toBe(
          kind === "row" ? 0 : 1,
        );
      } finally {
        await running[Symbol.asyncDispose]();
      }
    },
    120_000,
  );

  test("does not take a commit for flushed that did not wait for the disk", async () => {
    const pair = await servers.pairOf();
    await write(pair, "update a set v = 0");
    await using applier = await openApplier(pair, emptyReport());
    await using stream = await openStream(pair.source, { startLsn: applier.progressLsn });
    await applier.apply(await readUntil(stream, await currentLsn(pair.source.client)));
    await applier.commit();
    const { appliedLsn, flushedLsn } = applier.position;
    expect(flushedLsn).toBeLessThan(appliedLsn);
    expect(await applier.flush()).toBe(appliedLsn);
  });

  test("a second applier waits until the first one's session has ended", async () => {
    const pair = await servers.pairOf();
    const first = await openApplier(pair, emptyReport());
    let isOpen = false;
    const second = openApplier(pair, emptyReport()).then((applier) => {
      isOpen = true;
      return applier;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isOpen).toBe(false);
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
  });

  test("a cut connection is transient, and nothing of it is lost", async () => {
    const pair = await servers.pairOf();
    await using proxy = await startTcpProxy(servers.target);
    const through = { ...pair, target: { ...pair.target, host: proxy.host, port: proxy.port } };
    await writeMuch(pair, 1);
    proxy.cutOn("xact_setup", "unsent");
    expect((await codeOf(applyAll(through))).transient).toBe(true);
    // Committed, and nobody was told.
    proxy.cutOn("xact_setup", "answered");
    expect((await codeOf(applyAll(through))).transient).toBe(true);
    await applyAll(through);
    await expectEqual(pair);
  });

  test("removes what it kept on the target, and nothing else", async () => {
    const pair = await servers.pairOf();
    const login = await plainLogin(pair.target);
    const limited = { ...pair, target: login };
    await write(pair, "update a set v = 0");
    const told = await applyAll(limited);
    expect(told.notes.join()).toMatch(/howdah\.progress/);
    expect(told.notes.join()).toMatch(/session_replication_role/);
    await (await openApplier({ ...limited, name: "howdah_other_1" }, emptyReport()))[Symbol.asyncDispose]();
    const client = await connect(pair.target);
    try {
      await dropProgress(client, pair.name);
      expect((await client.query("select name from howdah.progress")).rows).toEqual([
        { name: "howdah_other_1" },
      ]);
      await dropProgress(client, "howdah_other_1");
      expect((await client.query("select to_regnamespace('howdah') as schema")).rows).toEqual([
        { schema: null },
      ]);
      await expect(dropProgress(client, "postgres")).rejects.toThrow(RangeError);
      await applyAll({ ...pair, name: "howdah_mine1_1" });
      await dropProgress(client, "howdah_mine1_1");
      await dropProgress(client, "howdah_mine1_1");
      const origins = "select from pg_replication_origin where roname = 'howdah_mine1_1'";
      expect((await client.query(origins)).rows).toEqual([]);
    } finally {
      await client.end();
    }
  });
});

/** A slot that stands where the pair's slot did at first. */
async function copyOfSlot(pair: Pair): Promise<string> {
  const slot = `${pair.source.slot.slice(0, 50)}_again`;
  await pair.source.client.query("select pg_copy_logical_replication_slot($1, $2)", [pair.source.slot, slot]);
  return slot;
}
