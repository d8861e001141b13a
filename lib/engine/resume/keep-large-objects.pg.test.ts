import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { copyLargeObjects } from "../finish/copy-large-objects";
import { readTargetRoles } from "../schema/target-roles";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import { Throttle, UNTHROTTLED } from "../throttle";
import { keepEqualLargeObjects } from "./keep-large-objects";

/** 9 MB: more than one piece. */
const BIG = "decode(repeat('ab', 9000000), 'hex')";
const SAME = [
  "create role keeper",
  `select lo_from_bytea(1, ''), lo_from_bytea(2, 'two'), lo_from_bytea(3, ${BIG}), lo_from_bytea(4000000000, 'far')`,
  `select lo_from_bytea(11, 'one'), lo_from_bytea(12, ${BIG}), lo_from_bytea(13, 'owned'), lo_from_bytea(14, 'told')`,
  "alter large object 2 owner to keeper",
  "grant select on large object 2 to public",
];
const WHAT = `
  select m.oid::text, md5(lo_get(m.oid)) as md5, lomowner::regrole::text as owner, obj_description(m.oid, 'pg_largeobject') as comment, lomacl::text
    from pg_largeobject_metadata m order by m.oid`;

test("only large objects that are not the same are copied again, and what is too much goes", async () => {
  await using sourceServer = await startTestServer(12);
  await using targetServer = await startTestServer(18);
  const [source, target] = [settingsOf(sourceServer), settingsOf(targetServer)];
  await runSql(source, ...SAME, "select lo_from_bytea(5, 'new')");
  await runSql(
    target,
    ...SAME,
    "select lo_put(11, 0, 'O'), lo_put(12, 8999999, 'x'), lo_from_bytea(99, 'extra')",
    "alter large object 13 owner to keeper",
    "comment on large object 14 is 'other'",
  );
  const written = "select loid::text as oid, min(xmin::text) as xmin from pg_largeobject group by 1";
  const before = new Map((await queryRows<{ oid: string; xmin: string }>(target, written)).map(pairOf));
  const { signal } = new AbortController();
  using throttle = new Throttle(() => UNTHROTTLED);
  const progress: number[] = [];
  await withSession(source, async (from) => {
    await from.query("begin transaction isolation level repeatable read read only");
    await withSession(target, async (to) => {
      const kept = await keepEqualLargeObjects(from, to, signal);
      expect([...kept].sort()).toEqual(["1", "2", "3", "4000000000"]);
      expect((await queryRows<{ oid: string }>(target, WHAT)).map(({ oid }) => oid)).toEqual([
        "1",
        "2",
        "3",
        "4000000000",
      ]);
      const onProgress = (done: number, total: number) => void progress.push(done, total);
      const options = { source: from, target: to, roles: await readTargetRoles(to), kept, onProgress };
      expect(await copyLargeObjects({ ...options, throttle, signal })).toEqual([]);
    });
  });
  expect(progress).toEqual([5, 5]);
  expect(await queryRows(target, WHAT)).toEqual(await queryRows(source, WHAT));
  const after = new Map((await queryRows<{ oid: string; xmin: string }>(target, written)).map(pairOf));
  for (const oid of ["2", "3", "4000000000"]) expect(after.get(oid), oid).toBe(before.get(oid));
});

function pairOf({ oid, xmin }: { oid: string; xmin: string }): [string, string] {
  return [oid, xmin];
}
