import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { OutputPlugin } from "../change-stream";
import { applyAll, contentsOf, type Following, follow, makePair, type Pair } from "./testing/apply-all";
import { CASES, SETUP } from "./testing/semantics";

const PLUGINS: OutputPlugin[] = ["test_decoding", "pgoutput"];
let target: TestServer;

beforeAll(async () => {
  target = await startTestServer(18);
});

afterAll(() => target?.[Symbol.asyncDispose]());

describe.each([12, 15, 17, 18] as const)("source %d", (major) => {
  let server: TestServer;

  beforeAll(async () => {
    server = major === 18 ? target : await startTestServer(major);
  });

  afterAll(async () => {
    if (server !== target) await server?.[Symbol.asyncDispose]();
  });

  describe.each(PLUGINS)("%s", (plugin) => {
    let pair: Pair;
    let following: Following;

    beforeAll(async () => {
      pair = await makePair({ source: server, target }, plugin, SETUP);
      following = await follow(pair);
    });

    afterAll(async () => {
      await following?.[Symbol.asyncDispose]();
      await pair?.source.client.end();
    });

    test.each(CASES)("$name", async ({ tables, work, isFolded }) => {
      const before = following.applier.foldedChanges;
      for (const statement of work) await pair.source.client.query(statement);
      await following.caughtUp();
      await expectEqual(pair, tables);
      if (isFolded) expect(following.applier.foldedChanges).toBeGreaterThan(before);
      expect(following.reported).toEqual({ divergences: [], stops: [], notes: [] });
    });
  });
});

describe.each(PLUGINS)("all in one transaction of the target, %s", (plugin) => {
  test("comes to the same", async () => {
    const pair = await makePair({ source: target, target }, plugin, SETUP);
    try {
      for (const { work } of CASES) for (const statement of work) await pair.source.client.query(statement);
      const { divergences, stops } = await applyAll(pair);
      expect([...divergences, ...stops]).toEqual([]);
      await expectEqual(
        pair,
        CASES.flatMap(({ tables }) => tables),
      );
    } finally {
      await pair.source.client.end();
    }
  });
});

async function expectEqual(pair: Pair, tables: readonly string[]): Promise<void> {
  const source = await contentsOf(pair.source.settings, tables);
  expect(Object.keys(source).sort()).toEqual([...tables].sort());
  expect(await contentsOf(pair.target, tables)).toEqual(source);
}
