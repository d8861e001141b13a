import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { compareDatabases } from "./testing/compare-databases";
import { findInstalledServer } from "./testing/installed-server";
import { moveAndReport } from "./testing/move-and-report";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

const CASES = [
  { database: "left_alone", setting: null, plain: "lz4" },
  { database: "chosen", setting: "pglz", plain: "pglz" },
];

test("large values are compressed with lz4 where the target has it, unless its database or the column names another", async ({
  skip,
}) => {
  // The packages' servers are built without lz4, as the source's is here; those of Linux distributions have it.
  const installed = await findInstalledServer();
  if (!installed) return skip("no server is installed");
  await using target = await startTestServer(installed.major, { home: installed.home });
  const known = "select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)";
  if ((await queryRows(settingsOf(target), known)).length === 0) return skip("the installed one has no lz4");
  await using source = await startTestServer(14);
  const from = settingsOf(source);
  await runSql(
    from,
    "create table letter (id integer primary key, plain text, named text compression pglz)",
    "insert into letter select i, v, v from (select i, repeat(md5(i::text) || ' dear reader ', 300) as v from generate_series(1, 20) i) s",
  );
  for (const { database, setting, plain } of CASES) {
    await runSql(settingsOf(target), `create database ${database} template template0`);
    const to = settingsOf(target, database);
    if (setting) await runSql(to, `alter database ${database} set default_toast_compression = ${setting}`);
    const { error, failures } = await moveAndReport({ source: from, target: to });
    expect({ error, failures }).toEqual({ error: null, failures: [] });
    const used =
      "select distinct pg_column_compression(plain) as plain, pg_column_compression(named) as named from letter";
    expect(await queryRows(to, used)).toEqual([{ plain, named: "pglz" }]);
    const exceptions = setting ? [/^database settings of all: .* default_toast_compression=/] : [];
    expect(await compareDatabases(from, to, { exceptions })).toEqual([]);
  }
});
