import { expect, test } from "vitest";
import { dropTargetDatabase } from "../target-database";
import { serversForFile } from "../testing/server-pair";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import { dropCapture } from "./drop-capture";
import { captureName, findLeftoverOrigins, findLeftoverPublications, findLeftoverSlots } from "./slots";
import {
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  type OnlinePair,
  rowDifferences,
} from "./testing/following";

const { signal } = new AbortController();
const servers = serversForFile(17, 18);

const SCHEMA = ["create table one (id int primary key)", "insert into one values (1)"];

/** What a start finds of runs that do not live. */
async function found({ source, target }: OnlinePair, living: string): Promise<string[]> {
  const isLiving = (shortId: string) => shortId === living;
  const there = await withSession(source, async (client) => [
    ...(await findLeftoverSlots(client, isLiving)).map(({ name }) => `slot ${name}`),
    ...(await findLeftoverPublications(client, isLiving)).map((name) => `publication ${name}`),
  ]);
  const here = await withSession(target, (client) => findLeftoverOrigins(client, isLiving));
  return [...there, ...here.map((name) => `origin ${name}`)];
}

test("what a dead run left is found by the next one, which leaves it and all that is another's alone", async () => {
  const dead = await makeOnlinePair(servers.source, servers.target, "dead", SCHEMA);
  await moveOnline(dead, "pgoutput");
  await runSql(
    dead.source,
    "select pg_create_logical_replication_slot('someone', 'test_decoding')",
    "create publication someone",
  );
  await runSql(dead.target, "select pg_replication_origin_create('someone')");

  await dropTargetDatabase({ target: settingsOf(servers.target), name: "dead", signal });
  await runSql(settingsOf(servers.target), "create database dead");
  const next = { ...dead, name: captureName("next", "0") };
  const start = await moveOnline(next, "pgoutput");
  const left = [`slot ${dead.name}`, `publication ${dead.name}`, `origin ${dead.name}`];
  expect(await found(next, "next")).toEqual(left);

  await runSql(dead.source, "insert into one values (2)");
  expect((await follow(next, start).cutOver()).failures).toEqual([]);
  // Publications of runs are no part of the database; another's is.
  expect(await queryRows(dead.target, "select pubname from pg_publication")).toEqual([
    { pubname: "someone" },
  ]);
  expect(await found(next, "next")).toEqual(left);
  await dropCapture({ ...dead, capture: dead, signal });
  expect(await found(next, "next")).toEqual([]);
  expect(
    await queryRows(
      dead.source,
      `select slot_name::text as name from pg_replication_slots union all select pubname::text from pg_publication`,
    ),
  ).toEqual([{ name: "someone" }, { name: "someone" }]);
  expect(await queryRows(dead.target, "select roname from pg_replication_origin")).toEqual([
    { roname: "someone" },
  ]);
  await runSql(dead.source, "select pg_drop_replication_slot('someone')", "drop publication someone");
});

test("progress that a dead run of the same name left is not taken for this one's", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "again", SCHEMA);
  await moveOnline(pair, "test_decoding");
  // As after a restore of the source: behind what the dead run had reached.
  await runSql(pair.target, `select pg_replication_origin_advance('${pair.name}', 'FFFF/0')`);
  await dropTargetDatabase({ target: settingsOf(servers.target), name: "again", signal });
  await runSql(settingsOf(servers.target), "create database again");
  const start = await moveOnline(pair, "test_decoding");
  await runSql(pair.source, "insert into one values (2), (3)");
  expect((await follow(pair, start).cutOver()).failures).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});
