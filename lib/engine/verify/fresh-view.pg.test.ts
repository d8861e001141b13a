import { beforeAll, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { settingsOf } from "../testing/settings-of";
import { runSql } from "../testing/with-session";
import { complaints, verifyAndCollect } from "./testing/verify-and-collect";

const pair = serversForFile(15, 18);
let source: ConnectionSettings;
let target: ConnectionSettings;

/** The views are made before the last rows come, and each side decides when it refreshes them. */
const SCHEMA = [
  "create table sale (id integer primary key, shop text, amount numeric(10,2))",
  "insert into sale select n, 'shop ' || n % 3, n from generate_series(1, 100) n",
  `create materialized view by_shop ("Shop ""x""", total) as with s as (select * from sale) select shop, sum(amount) from s group by shop`,
  `create materialized view best as select "Shop ""x""" as shop from by_shop where total > 2000 with data`,
  "create materialized view stamped as select count(*), now() as at from sale",
  "create materialized view bare as select from sale",
  "insert into sale select n, 'shop 4', n from generate_series(101, 200) n",
];
const VIEWS = ["by_shop", "best", "bare"];

beforeAll(async () => {
  source = settingsOf(pair.source, "stale");
  target = settingsOf(pair.target, "stale");
  for (const side of [source, target]) {
    await runSql({ ...side, database: "postgres" }, "create database stale");
    await runSql(side, ...SCHEMA);
  }
});

async function refresh(side: ConnectionSettings, ...views: string[]): Promise<void> {
  await runSql(side, ...views.map((view) => `refresh materialized view ${view}`));
}

const NOTE = /holds what its query gives on the target. The source's holds other rows/;

test("a view that the source has not refreshed is no difference, one on top of it neither", async () => {
  await refresh(target, ...VIEWS);
  const found = await verifyAndCollect(source, target);
  for (const view of VIEWS)
    expect(found.results.get(`public.${view}`)).toMatchObject({
      state: "equal",
      message: expect.stringMatching(NOTE),
    });
  expect(found.results.get("public.by_shop")).toMatchObject({ sourceRows: "3", targetRows: "4" });
  expect(found.notes.filter((note) => NOTE.test(note))).toHaveLength(VIEWS.length);
  // What its query gives is another moment each time.
  expect(complaints(found)).toEqual([expect.stringContaining("public.stamped")]);
});

test("a view that only the target has not refreshed is one, and so is any of tables that were named", async () => {
  const named = await verifyAndCollect(source, target, { onlyTables: ["by_shop"] });
  expect(named.results.get("public.by_shop")?.state).toBe("different");
  await runSql(target, "insert into sale values (201, 'shop 5', 5000)");
  await runSql(source, "insert into sale values (201, 'shop 5', 5000)");
  await refresh(source, ...VIEWS);
  const found = await verifyAndCollect(source, target);
  for (const view of ["by_shop", "bare"])
    expect(found.results.get(`public.${view}`)?.state).toBe("different");
});

test("a query that the login may not run, or better had not, proves nothing", async () => {
  await refresh(target, ...VIEWS);
  await runSql(source, "insert into sale values (202, 'shop 6', 6000)");
  await runSql(target, "insert into sale values (202, 'shop 6', 6000)");
  await refresh(target, ...VIEWS);
  expect((await verifyAndCollect(source, target)).results.get("public.by_shop")?.state).toBe("equal");
  await runSql(
    target,
    "create role looker login password 'looker'",
    "grant select on all tables in schema public to looker",
    "revoke select on sale from looker",
  );
  await runSql(
    target,
    "create role maker",
    "create function doubled(numeric) returns numeric language sql as 'select 2 * $1'",
    "alter function doubled owner to maker",
    "create view doubles as select doubled(amount) as d from sale",
    "create materialized view sums as select sum(d) from doubles",
  );
  await runSql(source, "create materialized view sums as select 1::numeric as sum");
  const asSuperuser = await verifyAndCollect(source, target);
  expect(asSuperuser.results.get("public.sums")?.state).toBe("different");
  await runSql(target, "alter function doubled owner to postgres");
  expect((await verifyAndCollect(source, target)).results.get("public.sums")?.state).toBe("equal");
  const found = await verifyAndCollect(source, { ...target, user: "looker", password: "looker" });
  expect(found.results.get("public.by_shop")?.state).toBe("different");
});

test("functions that name things without their schemas find them", async () => {
  for (const side of [source, target])
    await runSql(
      side,
      "create table rate (shop text primary key, percent numeric)",
      "insert into rate values ('shop 1', 7)",
      // As a move lends it: an 18 makes and refreshes materialised views with a search_path of its own.
      "create function rate_of(text) returns numeric language sql stable set search_path = public as 'select percent from rate where shop = $1'",
      "create view rated as select id, rate_of(shop) as percent from sale",
      "create materialized view rates as select sum(percent) from rated",
      "insert into rate values ('shop 2', 19)",
    );
  await refresh(target, "rates");
  for (const side of [source, target]) await runSql(side, "alter function rate_of(text) reset search_path");
  const found = await verifyAndCollect(source, target);
  const equal = { state: "equal", message: expect.stringMatching(NOTE) };
  expect(found.results.get("public.rates")).toMatchObject(equal);
  // What another role made could be meant as well, and would run with the login's rights.
  await runSql(target, "create function rated(text) returns text language sql as 'select $1'");
  await runSql(target, "alter function rated(text) owner to maker");
  const later = await verifyAndCollect(source, target);
  expect(later.results.get("public.rates")?.state).toBe("different");
  expect(later.results.get("public.by_shop")).toMatchObject(equal);
});
