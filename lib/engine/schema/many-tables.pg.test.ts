import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { dumpSchema } from "./dump-schema";
import { planRestore } from "./restore-plan";
import { runPlan } from "./testing/run-plan";

const TABLES = 2_000;

test(`${TABLES} tables go through the built-in pg_dump and back`, async () => {
  await using source = await startTestServer(16);
  await using target = await startTestServer(18);
  const { host, port, user, password } = source;
  const settings = { host, port, user, password, database: "postgres", sslMode: "Prefer" } as const;
  const client = await connect(settings);
  await client.query(`do $$ begin for i in 1..${TABLES} loop
    execute format('create table t%s (id serial primary key, a integer, b text default ''x'', c timestamptz)', i);
    if i % 500 = 0 then commit; end if; end loop; end $$`);
  await client.end();

  const started = performance.now();
  const dumped = await dumpSchema({ settings, targetVersion: 18, signal: AbortSignal.timeout(60_000) });
  const dumpedAt = performance.now();
  const copy = await connect({ ...settings, port: target.port, password: target.password });
  const failures = await runPlan(copy, planRestore(dumped));
  const restoredAt = performance.now();
  const { rows } = await copy.query(
    "select count(*)::int as tables from pg_tables where schemaname = 'public'",
  );
  await copy.end();
  console.log(
    `${TABLES} tables: dump ${Math.round(dumpedAt - started)} ms, restore ${Math.round(restoredAt - dumpedAt)} ms`,
  );
  expect(failures).toEqual([]);
  expect(rows).toEqual([{ tables: TABLES }]);
  expect(planRestore(dumped).tables.size).toBe(TABLES);
}, 180_000);
