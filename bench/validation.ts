import { parseArgs } from "node:util";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { ident } from "@/lib/postgres/sql";
import { runValidation } from "@/lib/validation/run";
import { median } from "./summary";

const USAGE = `node scripts/run-script.mjs bench/validation.ts [--databases 100] [--tables 1000] [--rounds 3]

Runs every rule of an online migration on databases of that many tables, between two servers on this machine.`;

function readOptions(): { databases: number; tables: number; rounds: number } {
  const { values } = parseArgs({
    options: {
      databases: { type: "string", default: "100" },
      tables: { type: "string", default: "1000" },
      rounds: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  const [databases, tables, rounds] = [values.databases, values.tables, values.rounds].map(Number);
  if (values.help || !(databases && tables && rounds)) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  return { databases, tables, rounds };
}

/** Databases with these tables, each with a key, an index and a foreign key; copies of one. */
async function fill(server: TestServer, tables: number, names: readonly string[]): Promise<void> {
  const [first = "", ...others] = names;
  await runSql(settingsOf(server), `create database ${ident(first)}`);
  await runSql(
    settingsOf(server, first),
    "create extension pg_trgm",
    `do $$ begin
       for n in 1..${tables} loop
         execute format('create table t%s (id int primary key, up int references t%s, note text)', n, n);
         execute format('create index on t%s (note)', n);
       end loop;
     end $$`,
  );
  for (const name of others)
    await runSql(settingsOf(server), `create database ${ident(name)} template ${ident(first)}`);
}

const { databases, tables, rounds } = readOptions();
const settings = {
  fsync: "off",
  max_locks_per_transaction: "1024",
  max_replication_slots: "200",
  max_wal_senders: "200",
};
await using stack = new AsyncDisposableStack();
const source = stack.use(await startTestServer(16, { durable: true, settings }));
const target = stack.use(await startTestServer(18, { durable: true, settings: { fsync: "off" } }));
const names = Array.from({ length: databases }, (_, index) => `db_${index}`);
console.log(`filling ${databases} databases of ${tables} tables`);
await fill(source, tables, names);
const seconds: number[] = [];
for (let round = 1; round <= rounds; round++) {
  const startedAt = performance.now();
  const details = await runValidation({
    source: settingsOf(source),
    target: settingsOf(target),
    databases: names,
    mode: "Online",
    provider: "self-hosted",
    signal: new AbortController().signal,
  });
  seconds.push((performance.now() - startedAt) / 1000);
  const checked = details.dbLevelValidationDetails.flatMap(({ summary }) =>
    summary.flatMap(({ messages }) => messages),
  );
  const failed = checked.filter(({ state, notChecked }) => state === "Failed" || notChecked).length;
  console.log(
    `round ${round}: ${seconds.at(-1)?.toFixed(1)} s, ${checked.length} checks of databases, ${failed} failed or not checked`,
  );
}
console.log(`median ${median(seconds).toFixed(1)} s`);
