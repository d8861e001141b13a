import { expect, test } from "vitest";
import { createTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { serversForFile } from "../testing/server-pair";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";

const servers = serversForFile(16, 17, { settings: { autovacuum: "off" } });

/** Whoever reads a foreign table fails; statistics of a partitioned table are read from all of its partitions. */
const SCHEMA = `
  create extension file_fdw; create server away foreign data wrapper file_fdw;
  create table near (id int, v text) partition by range (id);
  create table near_1 partition of near for values from (0) to (100);
  create table far (id int, v text) partition by range (id);
  create table far_1 partition of far for values from (0) to (100);
  create table far_2 partition of far for values from (100) to (200) partition by range (id);
  create foreign table far_2_1 partition of far_2 for values from (100) to (150) server away options (filename '/no/such/file');
  create table far_2_2 partition of far_2 for values from (150) to (200);
  create table far_3 partition of far for values from (200) to (900) partition by range (id);
  create table far_3_1 partition of far_3 for values from (200) to (900);
  insert into near select i, 'v' from generate_series(0, 99) i;
  insert into far select i, 'v' from generate_series(0, 899) i where i not between 100 and 149`;

test.each([false, true])(
  "statistics are gathered without reading foreign partitions (vacuum: %s)",
  async (vacuum) => {
    const name = `analyzed_${vacuum}`;
    const [source, target] = [settingsOf(servers.source, name), settingsOf(servers.target, name)];
    await runSql(settingsOf(servers.source), `create database ${name}`);
    await runSql(source, SCHEMA);
    const signal = new AbortController().signal;
    await createTargetDatabase({ source, target: settingsOf(servers.target), name, signal });
    const { failures } = await moveAndReport({ source, target, jobs: 2, vacuum });
    expect(failures).toEqual([]);
    const analyzed =
      "select distinct tablename::text as name from pg_catalog.pg_stats where schemaname = 'public' order by 1";
    expect((await queryRows<{ name: string }>(target, analyzed)).map((row) => row.name)).toEqual([
      "far_1",
      "far_2_2",
      "far_3_1",
      "near",
      "near_1",
    ]);
  },
);
