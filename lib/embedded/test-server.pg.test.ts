import pg from "pg";
import { expect, test } from "vitest";
import { EMBEDDED_MAJORS, isInstalled } from "./binaries";
import type { PostgresServer } from "./postgres-server";
import { startTestServer } from "./test-server";

async function identifierOf(server: PostgresServer, password = server.password): Promise<string> {
  const { host, port, user } = server;
  const client = new pg.Client({ host, port, user, password, database: "postgres" });
  try {
    await client.connect();
    const { rows } = await client.query(
      "select system_identifier::text as id from pg_catalog.pg_control_system()",
    );
    return rows[0].id;
  } finally {
    await client.end();
  }
}

test.each(EMBEDDED_MAJORS.filter(isInstalled))(
  "two servers of PostgreSQL %i share neither identifier nor password, and survive a crash",
  async (major) => {
    await using one = await startTestServer(major);
    await using other = await startTestServer(major);
    const identifier = await identifierOf(one);
    expect(identifier).not.toBe(await identifierOf(other));
    await expect(identifierOf(one, other.password)).rejects.toThrow("password authentication failed");

    await one.kill();
    await using again = await one.restart();
    expect(await identifierOf(again)).toBe(identifier);
  },
);

test("the password of a server that logs every statement is not in its log", async () => {
  await using server = await startTestServer(17, {
    settings: { log_statement: "all", log_min_duration_statement: "0", password_encryption: "md5" },
  });
  await identifierOf(server);
  expect(server.log()).toContain("select system_identifier");
  expect(server.log()).not.toContain(server.password);
});
