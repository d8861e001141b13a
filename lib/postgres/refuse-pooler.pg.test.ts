import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { connect } from "./connect";
import { endClient } from "./end-client";
import { refusePooler } from "./refuse-pooler";

let server: TestServer;
let sessions: pg.Client[];

beforeAll(async () => {
  server = await startTestServer(18);
  sessions = [await connect(settingsOf(server)), await connect(settingsOf(server))];
});

afterAll(async () => {
  for (const session of sessions) await endClient(session);
  await server[Symbol.asyncDispose]();
});

/** What a pooler shows: a process id of its own, and for each query the session that is next. */
function pooled(...backends: (pg.Client | undefined)[]): pg.Client {
  const query = (sql: string) => backends.shift()?.query(sql);
  return { processID: 1, query } as unknown as pg.Client;
}

const signal = new AbortController().signal;

test("a server's own session is let through", async () => {
  const [session] = sessions;
  if (session) await refusePooler(session, settingsOf(server), signal);
});

test("a proxy with process ids of its own, which passes sessions on, is let through", async () => {
  const [one] = sessions;
  await refusePooler(pooled(one, one), settingsOf(server), signal);
});

test("several backends for one session are refused", async () => {
  const [one, other] = sessions;
  await expect(refusePooler(pooled(one, other), settingsOf(server), signal)).rejects.toMatchObject({
    code: "POOLER_BETWEEN",
    subject: `${server.host}:${server.port}`,
  });
});
