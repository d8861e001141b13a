import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { createTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";

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
