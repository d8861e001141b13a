import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { startTcpProxy } from "@/lib/engine/testing/tcp-proxy";
import { queryRows } from "@/lib/engine/testing/with-session";
import { connect } from "./connect";
import { endClient } from "./end-client";

test("no session is left on a server that the good-bye does not reach", async () => {
  await using server = await startTestServer(18);
  await using proxy = await startTcpProxy(server);
  const direct = settingsOf(server);
  const client = await connect(
    { ...direct, host: proxy.host, port: proxy.port },
    { applicationName: "howdah lost" },
  );
  proxy.stallOnly("howdah lost");
  await endClient(client);
  const left = "select application_name from pg_stat_activity where application_name = 'howdah lost'";
  expect(await queryRows(direct, left)).toEqual([]);
});
