import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { dumpSchema } from "./dump-schema";
import { planRestore } from "./restore-plan";

test("exp", async () => {
  await using s = await startTestServer(15);
  const settings = {
    host: s.host,
    port: s.port,
    user: s.user,
    password: s.password,
    database: "postgres",
    sslMode: "Prefer" as const,
  };
  const c = await connect(settings);
  await c.query(`create table t(id int generated always as identity primary key, v text default 'x')`);
  const n = Number(process.env["N"] ?? 10);
  await c.query(
    `do $$ begin for i in 1..${n} loop execute format('create table t%s(id serial primary key, a int, b text default ''x'', c timestamptz)', i); if i % 500 = 0 then commit; end if; end loop; end $$`,
  );
  await c.end();
  for (const tool of ["native", "wasm"] as const) {
    const t = performance.now();
    const d = await dumpSchema({ settings, tool, targetVersion: 18, signal: AbortSignal.timeout(100000) });
    console.log(
      tool,
      performance.now() - t,
      d.tool,
      d.warnings,
      d.failures,
      d.preData.length,
      d.postData.length,
    );
    if (n < 20)
      console.log(
        JSON.stringify(planRestore(d), (_k, v) => (v instanceof Map ? [...v] : v), 1).slice(0, 6000),
      );
  }
  expect(1).toBe(1);
});
