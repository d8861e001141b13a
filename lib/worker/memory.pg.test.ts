import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { WORKER_FLAGS } from "@/lib/cli/start/worker-flags";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore } from "@/lib/store/testing/test-store";
import { programArguments } from "@/lib/util/testing/test-programs";

/**
 * A worker takes 114 MB at rest and 176 MB at most with 10,000 tables; with these, which are as many as a test has time for, 155 MB.
 */
const TABLES = 3_000;
const LIMIT_MIB = 164;

async function run(on: TestServer, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect({ ...on, database, sslMode: "Prefer" });
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** `howdah worker` as `howdah start` starts it. */
function startWorkerProgram(databaseUrl: string): ChildProcess {
  return spawn(
    process.execPath,
    [...WORKER_FLAGS, "--enable-source-maps", ...programArguments("howdah"), "worker"],
    {
      env: { ...process.env, NODE_ENV: "production", DATABASE_URL: databaseUrl },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
}

/** The most memory that a process ever had, proc_pid_status(5). */
function peakMib({ pid }: ChildProcess): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kib) / 1024);
}

test.runIf(process.platform === "linux")(
  `a worker that validates, moves and verifies ${TABLES} tables with a primary key each stays below ${LIMIT_MIB} MB`,
  async () => {
    const many = { settings: { max_locks_per_transaction: "256" } };
    // The source is newer than most installed pg_dumps, so that the built-in one runs.
    const [testStore, source, target] = await Promise.all([
      startTestStore(),
      startTestServer(18, many),
      startTestServer(18, many),
    ]);
    await using resources = new AsyncDisposableStack();
    for (const each of [testStore, source, target]) resources.use(each);
    await run(source, "postgres", "create database many");
    await run(
      source,
      "many",
      `do $$ begin for n in 1..${TABLES} loop
         execute format('create table many_%s (id integer primary key, v text, at timestamptz)', n);
         if n % 250 = 0 then commit; end if;
       end loop; end $$`,
    );
    const worker = startWorkerProgram(testStore.url);
    resources.defer(async () => {
      const ended = once(worker, "exit");
      if (worker.kill("SIGTERM")) await ended;
    });
    const { id } = await createMigration({
      server: await registerServer(target),
      name: "many",
      body: bodyOf(source, target, { dbsToMigrate: ["many"], howdah: { verifyAtEnd: true } }),
      actor: "test",
    });
    const read = () =>
      store().migration.findUniqueOrThrow({ where: { id }, include: { verifications: true } });
    await expect
      .poll(async () => (await read()).substate, { timeout: 280_000, interval: 200 })
      .toBe("Completed");
    const { state, error, verifications } = await read();
    expect([state, error, verifications.map((one) => one.state)]).toEqual(["Succeeded", null, ["equal"]]);
    // Memory that the last step needs counts too.
    await sleep(1_000);
    expect(peakMib(worker)).toBeLessThan(LIMIT_MIB);
    const keys = "select count(*)::int as keys from pg_indexes where schemaname = 'public'";
    expect(await run(target, "many", keys)).toEqual([{ keys: TABLES }]);
  },
  300_000,
);
