import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { DatabaseFilter } from "@/lib/engine/filter/database-filter";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { fixScript } from "@/lib/migrations/fix-script";
import { groupReport, totalCounts } from "@/lib/migrations/validation-groups";
import { connect } from "@/lib/postgres/connect";
import type { Endpoints } from "./check-servers";
import { openSession } from "./rules/authentication-and-connectivity";
import { runValidation } from "./run";
import { byRule, findingsOf } from "./testing/trouble-pair";

let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(16), startTestServer(17)]);
  await runSql(settingsOf(source), "create database app", "create database other", "create database closed");
  await runSql(settingsOf(source), "alter database closed allow_connections false");
  await runSql(settingsOf(source), `create role "pl;ain" login replication password 'plain'`);
});

afterAll(async () => {
  await Promise.all([source, target].map((server) => server?.[Symbol.asyncDispose]()));
});

function validate(databases: string[], change: Partial<Endpoints> = {}) {
  return runValidation({
    source: settingsOf(source),
    target: settingsOf(target),
    databases,
    mode: "Online",
    provider: "self-hosted",
    signal: new AbortController().signal,
    ...change,
  });
}

it("sessions of rules are held to reading by the server", async () => {
  const session = await openSession(settingsOf(target), new AbortController().signal);
  try {
    await expect(session.client.query("create table left_behind ()")).rejects.toMatchObject({
      code: "25006",
    });
  } finally {
    await session.client.end();
  }
});

it("one time zone under two names is no difference", async () => {
  const found = async () =>
    findingsOf(await validate([]))["server-parameters"]?.map(({ objects }) => objects);
  await runSql(settingsOf(source), "alter system set timezone = 'Etc/UTC'", "select pg_reload_conf()");
  await runSql(settingsOf(target), "alter system set timezone = 'Asia/Tokyo'", "select pg_reload_conf()");
  await expect.poll(found, { timeout: 40_000 }).toEqual([["TimeZone: source Etc/UTC, target Asia/Tokyo"]]);
  await runSql(settingsOf(target), "alter system set timezone = 'Zulu'", "select pg_reload_conf()");
  await expect.poll(found, { timeout: 40_000 }).toBeUndefined();
  await runSql(settingsOf(source), "alter system reset timezone", "select pg_reload_conf()");
  await runSql(settingsOf(target), "alter system reset timezone", "select pg_reload_conf()");
});

it("what does not move need not be readable", async () => {
  await runSql(
    settingsOf(source, "app"),
    "create schema closed",
    "create table closed.t (id int primary key)",
    "create table hidden (id int primary key)",
    "create table guarded (id int primary key)",
    "alter table guarded enable row level security",
    `grant select on guarded to "pl;ain"`,
  );
  const as = { ...settingsOf(source), user: "pl;ain", password: "plain" };
  const about = async (filter: DatabaseFilter) => {
    const found = findingsOf(await validate(["app"], { source: as, filters: new Map([["app", filter]]) }));
    return ["tables-readable", "row-security"].map((rule) => found[rule]?.map(({ objects }) => objects));
  };
  expect(await about({})).toEqual([[["closed.t", "public.hidden"]], [["public.guarded"]]]);
  expect(
    await about({ exclude: { schemas: ["closed"], tables: ["hidden"], tableData: ["guarded"] } }),
  ).toEqual([undefined, undefined]);
});

it("ten thousand findings of one rule are one finding with all of its objects and statements", async () => {
  await runSql(
    settingsOf(source),
    "do $$ begin for n in 1..10000 loop execute format('create role %I', 'role\n\"' || n); end loop; end $$",
  );
  const details = await validate(["app"]);
  const [finding] = findingsOf(details)["roles-present"] ?? [];
  expect(finding?.objects).toHaveLength(10_001);
  expect(finding?.fix).toHaveLength(10_001);
  const groups = groupReport(details);
  expect(totalCounts(groups).warnings).toBe(1);
  expect(fixScript(groups).match(/^create role "role\n""\d+";$/gm)).toHaveLength(10_000);
  await runSql(
    settingsOf(source),
    "do $$ begin for n in 1..10000 loop execute format('drop role %I', 'role\n\"' || n); end loop; end $$",
  );
});

it("a database that refuses connections fails by itself, and its rules have not passed", async () => {
  const details = await validate(["closed", "app"]);
  const [closed, app] = details.dbLevelValidationDetails.map(({ summary }) =>
    summary.flatMap(({ messages }) => messages),
  );
  const [refused, ...rules] = closed ?? [];
  expect(refused).toMatchObject({ state: "Failed", objects: ["closed"], remedy: expect.stringMatching(/./) });
  expect(refused?.message).toContain("closed");
  expect(refused?.code).not.toBe("INTERNAL");
  expect(rules.filter(({ notChecked }) => !notChecked)).toEqual([]);
  expect(app?.filter(({ state }) => state === "Failed")).toEqual([]);
});

it("one database that does not answer holds up no other", async () => {
  const blocker = await connect(settingsOf(source, "other"));
  try {
    await blocker.query("begin");
    await blocker.query("lock table pg_catalog.pg_event_trigger in access exclusive mode");
    const details = await validate(["other", "app"], { mode: "Offline" });
    const [other, app] = details.dbLevelValidationDetails;
    const stuck = byRule(details).get("objects-not-moved");
    expect(stuck?.map(({ state, notChecked = false }) => [state, notChecked])).toEqual([
      ["Warning", true],
      ["Succeeded", false],
    ]);
    expect(Date.parse(app?.endedOn ?? "")).toBeLessThan(Date.parse(other?.endedOn ?? "") - 3_000);
  } finally {
    await blocker.end();
  }
});
