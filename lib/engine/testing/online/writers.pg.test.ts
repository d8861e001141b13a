import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { queryRows } from "../with-session";
import { createOnlineSource } from "./online-source";
import { startWriters } from "./writers";

/** Rounds prove only what their writers write: here it is seen as PostgreSQL itself decodes it. */

const SLOT = "look";
const ENOUGH = 700;

/** Of one transaction, in the order of the commits. */
interface Decoded {
  xid: number;
  lines: string[];
}

let server: TestServer;
let transactions: Decoded[];
let kinds: string[];
let rolledBack: number;

beforeAll(async () => {
  server = await startTestServer(17, { settings: { autovacuum: "off" } });
  const source = await createOnlineSource(server, "app");
  await queryRows(source, `select pg_create_logical_replication_slot('${SLOT}', 'test_decoding')`);
  await using writers = startWriters({ source, seed: 3, count: 4, bulkRows: 50 });
  while ((await booked(source)).length < ENOUGH) await sleep(100);
  ({ rolledBack } = await writers.stop());
  kinds = await booked(source);
  transactions = await decode(source);
});

afterAll(() => server?.[Symbol.asyncDispose]());

async function booked(source: ConnectionSettings): Promise<string[]> {
  const rows = await queryRows<{ kinds: string }>(source, "select kinds from s.ledger order by n");
  return rows.map((row) => row.kinds);
}

async function decode(source: ConnectionSettings): Promise<Decoded[]> {
  const rows = await queryRows<{ xid: string; data: string }>(
    source,
    `select xid::text as xid, left(data, 2000) as data from pg_logical_slot_get_changes('${SLOT}', null, null)`,
  );
  const decoded: Decoded[] = [];
  for (const { xid, data } of rows) {
    if (data.startsWith("BEGIN")) decoded.push({ xid: Number(xid), lines: [] });
    else if (data.startsWith("table")) decoded.at(-1)?.lines.push(data);
  }
  return decoded;
}

/** How many transactions have a line for each of the patterns. */
function countWith(...patterns: RegExp[]): number {
  const has = ({ lines }: Decoded) => patterns.every((pattern) => lines.some((line) => pattern.test(line)));
  return transactions.filter(has).length;
}

const line = (relation: string, operation: string) => new RegExp(`^table s\\.${relation}: ${operation}`);

test.each<[string, ...RegExp[]]>([
  ["sums over rows", line("account", "UPDATE: id\\[integer\\]:\\d+ balance")],
  ["counters with a history", line("counter", "UPDATE"), line("history", "INSERT")],
  ["a delete that cascades", line("parent", "DELETE"), line("child", "DELETE")],
  [
    "a delete that unlinks",
    line("child", "DELETE"),
    line("grandchild", "UPDATE: .*child_id\\[integer\\]:null"),
  ],
  ["a key whose change cascades", line("parent", "UPDATE: old-key:"), line("child", "UPDATE")],
  ["unique values that change hands", line("place", 'UPDATE: .*position"?\\[integer\\]:-')],
  ["unique values held twice until the commit", line("seat", "UPDATE: .*label")],
  ["keys that are swapped", line("moved", "UPDATE: old-key: id\\[integer\\]:-\\d+ new-tuple:")],
  ["a key freed and taken again", line("moved", "DELETE"), line("moved", "INSERT")],
  ["a large value left alone", line("document", "UPDATE: id.*body\\[text\\]:unchanged-toast-datum")],
  ["a key changed beside a large value", line("document", "UPDATE: old-key:")],
  ["a text that looks like the mark", line("document", ".*title\\[text\\]:'unchanged-toast-datum'")],
  ["a large value under identity full", line("full_document", "UPDATE: old-key: ")],
  ["identity full with equal rows", line("loose", "(UPDATE: old-key|DELETE): ")],
  ["identity by index", line("by_index", "UPDATE: old-key: k1")],
  ["identity nothing, updated", line("quiet", "UPDATE: id")],
  ["identity nothing, deleted", line("quiet", "DELETE: \\(no-tuple-data\\)")],
  ["no identity at all", line("bare", "INSERT")],
  ["a row that moves between partitions", /^table s\.event_\w+: DELETE/, /^table s\.event_\w+: INSERT/],
  ["a partition emptied between writes", /^table s\.event_\w+: TRUNCATE/, line("event_north", "INSERT")],
  ["tables emptied with those that refer to them", /^table s\.batch, s\.batch_line: TRUNCATE: .*cascade/],
  ["a sequence that begins anew", /^table s\.batch, s\.batch_line: TRUNCATE: restart_seqs/],
  ["generated columns", line("generated", "UPDATE")],
  ["names that only quotes can hold", /^table s\."We""ird\.n:a me": INSERT/],
  ["values of every type", line("value", "UPDATE")],
  ["many rows at once", line("bulk", "INSERT")],
])("%s", (_, ...patterns) => {
  expect(countWith(...patterns)).toBeGreaterThan(0);
});

test("what is rolled back never comes: whole transactions, savepoints and savepoints within them", () => {
  expect(rolledBack).toBeGreaterThan(10);
  expect(kinds.filter((text) => /\([a-z-]+\)/.test(text)).length).toBeGreaterThan(10);
  // One within another one, which was kept, and one which was not.
  expect(kinds.filter((text) => /[a-z] \([a-z-]+\)/.test(text)).length).toBeGreaterThan(0);
  expect(kinds.filter((text) => /\(\(?[a-z-]+ \(?[a-z]/.test(text)).length).toBeGreaterThan(0);
  expect(
    transactions.filter(({ lines }) => lines.some((text) => /: INSERT: n\[bigint\]/.test(text))),
  ).toHaveLength(kinds.length - 1);
});

test("transactions begin in one order and commit in another", () => {
  const crossed = transactions.filter(({ xid }, at) => xid < (transactions[at - 1]?.xid ?? 0));
  expect(crossed.length).toBeGreaterThan(10);
});
