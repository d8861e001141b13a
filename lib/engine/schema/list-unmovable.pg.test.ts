import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { createTargetDatabase } from "../target-database";
import { oddities } from "../testing/fidelity/oddities";
import { fillSchema } from "../testing/fidelity-pairs";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { runSql, withSession } from "../testing/with-session";
import { listUnmovable, readUnmovableTarget } from "./list-unmovable";

/** What only older majors know, what is lost in silence, and what names a role that the target has not got. */
const MORE = [
  "create operator odd.!! (leftarg = bigint, procedure = int8um)",
  "create aggregate odd.collected(anyelement) (sfunc = array_append, stype = anyarray, initcond = '{}')",
  "create table odd.parent (a integer)",
  "create table odd.heir (own integer) inherits (odd.parent)",
  "alter table odd.parent add column late integer",
  "create subscription far_away connection 'host=nowhere.invalid' publication p with (connect = false)",
  "create role elsewhere_only",
  "create policy for_one on odd.b to elsewhere_only using (true)",
  "create user mapping for elsewhere_only server odd_server",
];

test("what is named before a move is what fails in it, for a login that is no superuser", async () => {
  await using sourceServer = await startTestServer(12);
  await using targetServer = await startTestServer(17);
  const source = settingsOf(sourceServer, "odd");
  const roles = oddities.roles.map((role) => `create role ${role}`);
  await runSql(settingsOf(sourceServer), ...roles, "create database odd");
  await fillSchema(oddities, 12, source);
  await runSql(source, ...MORE);
  await runSql(
    settingsOf(targetServer),
    ...roles,
    "create role keeper login createdb password 'keeper'",
    "grant odd_owner to keeper",
  );
  const target = { ...settingsOf(targetServer, "odd"), user: "keeper", password: "keeper" };
  const targetFacts = await withSession({ ...target, database: "postgres" }, readUnmovableTarget);
  const unmovable = await withSession(source, (client) => listUnmovable(client, targetFacts));
  const named = new Set(unmovable.map(({ kind, object }) => `${kind} ${object}`));
  for (const one of [
    "access method odd_btree",
    "aggregate odd.collected(anyelement)",
    "cast (integer as odd.mine)",
    "event trigger odd_always",
    "event trigger odd_off",
    "extension file_fdw",
    "foreign-data wrapper odd_fdw",
    "function odd.trusted()",
    "language odd_sql",
    "operator odd.!!",
    "operator class odd.ops_gin using gin",
    "operator family odd.fam using btree",
    "policy for_one on odd.b",
    "publication odd_all",
    "subscription far_away",
    "text search parser odd.parser",
    "type odd.mine",
    "user mapping for elsewhere_only on odd_server",
  ])
    expect(named, one).toContain(one);

  await createTargetDatabase({
    source,
    target: { ...target, database: "postgres" },
    name: "odd",
    signal: AbortSignal.timeout(60_000),
  });
  const { error, failures } = await moveAndReport({ source, target });
  expect(error).toBeNull();
  // Whatever follows from something else is told as such; each first failure was foretold.
  const first = failures.filter(({ severity, code }) => severity === "error" && code !== "OBJECT_SKIPPED");
  const foretold = unmovable.flatMap(({ kind, object }) => [plain(object), plain(`${kind} ${object}`)]);
  const surprises = first.filter(({ object }) => !foretold.some((one) => one.startsWith(plain(object))));
  expect(surprises).toEqual([]);
  const lost = failures.filter(({ code }) => code === "OBJECT_NOT_MOVED" || code === "COLUMNS_REORDERED");
  expect(lost.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(/^OBJECT_NOT_MOVED subscription far_away: /),
    "COLUMNS_REORDERED odd.heir inherits, and its columns will come as a, late, own",
  ]);
});

/** Display names of statements and of catalogues differ in quotes and in how arguments are named. */
function plain(object: string): string {
  return object.replace(/\(.*$/, "").replaceAll('"', "");
}
