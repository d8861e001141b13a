import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { PipelineSession } from "./pipeline-session";

test("ended while the server works, a session lets go of whoever waits for the answer", async () => {
  await using server = await startTestServer(18);
  const options = {
    encoding: "utf8",
    applicationName: "pipeline",
    signal: new AbortController().signal,
  } as const;
  const session = await PipelineSession.open(settingsOf(server), options);
  const answer = session.query("select pg_catalog.pg_sleep(30)");
  const outcome = expect(answer).rejects.toThrow("the session was ended");
  await sleep(200);
  await session[Symbol.asyncDispose]();
  await outcome;
  await expect(session.sync()).rejects.toThrow("the session was ended");
});
