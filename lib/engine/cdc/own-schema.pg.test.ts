import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { queryRows, withSession } from "../testing/with-session";
import { dropCaptureState, keepSourceHistory, keepStoppedTables, readStoppedTables } from "./capture-state";

test("what several captures keep at once in one database is kept, and goes with the last of them", async () => {
  await using server = await startTestServer(18);
  const target = settingsOf(server);
  const captures = ["one", "two", "three", "four"];
  const inSessions = (work: (name: string, index: number) => Promise<unknown>) =>
    Promise.all(captures.map((name, index) => work(name, index)));
  // Two that make or drop the same collide in a moment only: often enough for one to hit it.
  for (let round = 0; round < 25; round++) {
    const stopped = [{ table: { schema: "public", name: `t${round}` }, stop: "replaced" as const }];
    await inSessions((name, index) =>
      withSession(target, async (client) => {
        if (index % 2 === 1) await keepSourceHistory(client, name, { systemId: "1", timeline: 1 });
        await keepStoppedTables(client, name, stopped);
        expect(await readStoppedTables(client, name)).toEqual(stopped);
        if (index > 1) await dropCaptureState(client, name);
      }),
    );
    expect(await withSession(target, (client) => readStoppedTables(client, "one"))).toEqual(stopped);
    await inSessions((name) => withSession(target, (client) => dropCaptureState(client, name)));
    expect(await queryRows(target, "select nspname from pg_namespace where nspname = 'howdah'")).toEqual([]);
  }
});
