import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "../testing/settings-of";
import { startTcpProxy } from "../testing/tcp-proxy";
import { runSql } from "../testing/with-session";
import { SourceCatalog } from "./source-catalog";

test("a question is answered over a new connection when the old one has died without a word", async () => {
  await using server = await startTestServer(17);
  await using proxy = await startTcpProxy(server);
  await runSql(settingsOf(server), "create table t (id int primary key, v text)");
  const settings = { ...settingsOf(server), host: proxy.host, port: proxy.port };
  const catalog = new SourceCatalog(settings, AbortSignal.timeout(25_000));
  try {
    expect(await catalog.encoding()).toBe("UTF8");
    proxy.halfOpen("client");
    const unknown = { kind: "unknown", schema: "public", name: "t", columns: null } as const;
    const { relation } = await catalog.describe({ ...unknown, replicaIdentity: null, oid: null });
    expect(relation.columns.map(({ name }) => name)).toEqual(["id", "v"]);
  } finally {
    await catalog.end();
  }
});
