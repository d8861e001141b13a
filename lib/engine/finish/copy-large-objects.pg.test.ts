import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { type CopyPair, openPair } from "../copy/copy-pair";
import { LiveSlots } from "../live-slots";
import { readTargetRoles } from "../schema/target-roles";
import { createTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import { Throttle, UNTHROTTLED } from "../throttle";
import { verifyAndCollect } from "../verify/testing/verify-and-collect";
import { copyLargeObjects } from "./copy-large-objects";

test("large objects keep bytes, ids, grants and comments, and what the target's roles do not allow is told", async () => {
  await using sourceServer = await startTestServer(16);
  await using targetServer = await startTestServer(17);
  const [source, target] = [settingsOf(sourceServer), settingsOf(targetServer, "moved")];
  await runSql(
    source,
    "create role keeper",
    "create role reader",
    "create role stranger",
    "select lo_from_bytea(1001, ''), lo_from_bytea(1002, 'two'), lo_from_bytea(1003, decode(repeat('ab', 3000000), 'hex'))",
    "comment on large object 1002 is 'it''s \\ two'",
    "grant select on large object 1002 to reader with grant option",
    "grant select on large object 1002 to public, stranger",
    "alter large object 1003 owner to keeper",
    "grant all on large object 1003 to reader",
  );
  await runSql(settingsOf(targetServer), "create role reader", "create role keeper");
  const { signal } = new AbortController();
  await createTargetDatabase({ source, target: settingsOf(targetServer), name: "moved", signal });
  const { failures } = await moveAndReport({ source, target });
  expect(failures).toMatchObject([
    {
      severity: "warning",
      code: "ROLE_MISSING",
      object: "1 large object",
      remedy: expect.stringContaining('create role "stranger" on the target'),
    },
  ]);
  const sql = `
    select m.oid::int, md5(lo_get(m.oid)) as md5, lomowner::regrole::text as owner, obj_description(m.oid, 'pg_largeobject') as comment,
           (select string_agg(concat_ws(' ', coalesce(rolname, 'everybody'), privilege_type, is_grantable), ', ' order by rolname, privilege_type)
            from aclexplode(lomacl) left join pg_roles r on r.oid = grantee where rolname is distinct from 'stranger') as grants
    from pg_largeobject_metadata m order by 1`;
  expect(await queryRows(target, sql)).toEqual(await queryRows(source, sql));
});

test("labels that the target's modules do not take are told, of the database and of large objects, and cost nothing else", async () => {
  await using server = await startTestServer(17);
  const [source, target] = [settingsOf(server, "labelled"), settingsOf(server, "moved")];
  await runSql(settingsOf(server), "create database labelled");
  // As a module would leave them: none comes with the servers of the tests.
  await runSql(
    source,
    "select lo_from_bytea(1001, 'one')",
    "set allow_system_table_mods = on",
    "insert into pg_seclabel values (1001, 'pg_largeobject'::regclass, 0, 'mask', 'it''s one')",
    "insert into pg_shseclabel select oid, 'pg_database'::regclass, 'mask', 'all' from pg_database where datname = 'labelled'",
  );
  const { signal } = new AbortController();
  await createTargetDatabase({ source, target: settingsOf(server), name: "moved", signal });
  const { failures } = await moveAndReport({ source, target });
  expect(
    failures.map(({ severity, kind, message, statement }) => [severity, kind, message, statement]),
  ).toEqual([
    [
      "warning",
      "large-object",
      expect.stringContaining('label provider "mask" is not loaded'),
      `security label for "mask" on large object 1001 is 'it''s one'`,
    ],
    [
      "warning",
      "database-setting",
      expect.stringContaining("mask"),
      `security label for "mask" on database "moved" is 'all'`,
    ],
  ]);
  expect(await queryRows(target, "select convert_from(lo_get(1001), 'UTF8') as bytes")).toEqual([
    { bytes: "one" },
  ]);
  const { results, rows } = await verifyAndCollect(source, target);
  expect(results.get("database settings, comment and privileges")?.message).toContain("label of mask");
  expect(rows.get("large objects")).toMatchObject([
    { kind: "changed", source: { labels: "mask: it's one" } },
  ]);
});

test("several sessions share the objects, on one snapshot, as far as slots are free, and one that cannot be had leaves them to the others", async () => {
  await using sourceServer = await startTestServer(16);
  await using targetServer = await startTestServer(17);
  const [source, target] = [settingsOf(sourceServer), settingsOf(targetServer)];
  await runSql(
    source,
    "select lo_from_bytea(n + 1000, decode(repeat(md5(n::text), case when n % 50 = 0 then 100000 else n % 7 end), 'hex')) from generate_series(1, 500) n",
  );
  const { signal } = new AbortController();
  // Slow enough for sessions to come and go.
  using throttle = new Throttle(() => ({ ...UNTHROTTLED, bytesPerSecond: 8_000_000 }));
  const limit = { connections: 2 };
  const slots = new LiveSlots(() => limit.connections, signal);
  // Those of the rows.
  expect([slots.tryEnter(), slots.tryEnter(), slots.tryEnter()]).toEqual([true, true, false]);
  const opened: CopyPair[] = [];
  const taken = new Map<number, number>();
  let attempts = 0;
  let done = 0;
  await withSession(source, async (from) => {
    await from.query("begin transaction isolation level repeatable read read only");
    const { rows } = await from.query<{ id: string }>("select pg_export_snapshot() as id");
    await runSql(source, "select lo_from_bytea(9999, 'after the snapshot')");
    const open = async () => {
      attempts += 1;
      taken.set(limit.connections, Math.max(taken.get(limit.connections) ?? 0, slots.taken));
      if (attempts === 2) throw new Error("no more sessions");
      const pair = await openPair({ source, target, snapshotId: rows[0]?.id ?? "", signal });
      opened.push(pair);
      return pair;
    };
    await withSession(target, async (to) => {
      const roles = await readTargetRoles(to);
      const onProgress = (now: number) => {
        if (done === 0) expect(attempts).toBe(0);
        if (done === 0) limit.connections = 8;
        done = now;
      };
      const sides = { source: from, target: to, roles, more: { slots, open }, onProgress, throttle };
      expect(await copyLargeObjects({ ...sides, signal })).toEqual([]);
    });
  });
  expect({ attempts, opened: opened.length, done }).toEqual({ attempts: 3, opened: 2, done: 500 });
  expect([...taken]).toEqual([[8, 5]]);
  expect(slots.taken).toBe(2);
  const sql =
    "select m.oid::text, md5(lo_get(m.oid)) from pg_largeobject_metadata m where m.oid <> 9999 order by 1";
  expect(await queryRows(target, sql)).toEqual(await queryRows(source, sql));
  expect(await queryRows(target, "select from pg_largeobject_metadata where oid = 9999")).toEqual([]);
  const left = "select from pg_stat_activity where application_name = 'howdah copy'";
  for (const side of [source, target]) await expect.poll(() => queryRows(side, left)).toEqual([]);
});
