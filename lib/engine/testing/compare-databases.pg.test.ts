import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { compareDatabases } from "./compare-databases";
import { createFidelityRoles, fillFidelityDatabase } from "./fidelity-database";
import { settingsOf } from "./settings-of";
import { runSql } from "./with-session";

/** What is done to the copy, and the line that must tell it. */
const CHANGES: [sql: string, tells: RegExp][] = [
  ["update plain.wide set n = n + 1e-9 where id = 1000", /^rows "plain"."wide": source 12000 rows/],
  ["delete from only plain.base where id = 3", /^rows "plain"."base": source 20 rows, \d+; target 19 rows/],
  [
    "update plain.values_hard_to_quote set value = null where value = ''",
    /^rows "plain"."values_hard_to_quote"/,
  ],
  ["refresh materialized view plain.unfilled_view", /^rows "plain"."unfilled_view": source not populated/],
  ["insert into plain.nothing default values", /^rows "plain"."nothing"/],
  [
    "select setval('plain.fresh', 1, true)",
    /^sequence "plain"."fresh": source 1, not called; target 1, called/,
  ],
  ["select lo_put(424242, 5, '\\x01')", /^large object 424242/],
  ["select lo_unlink(500007)", /^large object 500007: source .*; target missing/],
  ["revoke all on large object 424242 from fidelity_reader", /^large object 424242: .*; target .*/],
  [
    "update pg_index set indisvalid = false where indexrelid = 'plain.own_mail'::regclass",
    /^index plain.own_mail: source valid/,
  ],
  ["alter extension hstore set schema plain", /^extension hstore: source extension place; target plain/],
  ["drop trigger t_always on plain.base", /^DDL only on the source: -- Name: base t_always; Type: TRIGGER/],
  [
    "alter table plain.chicken enable trigger t_disabled",
    /^DDL only on the source: -- Name: chicken t_disabled/,
  ],
  [
    "comment on index plain.wide_payload is null",
    /^DDL only on the source: -- Name: INDEX "wide_payload"; Type: COMMENT/,
  ],
  ["alter table plain.egg owner to fidelity_owner", /^DDL only on the source: -- Name: egg; Type: TABLE/],
  [
    "alter table plain.wide alter column n set statistics 5",
    /^DDL only on the target: -- Name: wide; Type: TABLE/,
  ],
  [
    "create or replace function plain.decoy() returns text language sql as 'select 1'",
    /^DDL only on the target: -- Name: decoy/,
  ],
];

test("the comparison finds no difference in a copy, and every change made to it", async () => {
  await using server = await startTestServer(17);
  await runSql(settingsOf(server), "create database original");
  await createFidelityRoles(settingsOf(server));
  const original = settingsOf(server, "original");
  const copy = settingsOf(server, "copy");
  await fillFidelityDatabase(original);
  await runSql(settingsOf(server), "create database copy template original");
  expect(await compareDatabases(original, copy)).toEqual([]);

  await runSql(
    copy,
    "alter event trigger every_command disable",
    "set session_replication_role = replica",
    "drop publication some_tables, of_schema",
    ...CHANGES.map(([sql]) => sql),
  );
  const differences = await compareDatabases(original, copy);
  for (const [sql, tells] of CHANGES) {
    expect(
      differences.some((line) => tells.test(line)),
      `${sql} was not noticed`,
    ).toBe(true);
  }
});
