import { expect, test } from "vitest";
import { formatLsn } from "@/lib/postgres/lsn";
import { moveAndReport } from "../testing/move-and-report";
import { serversForFile } from "../testing/server-pair";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import { slotHealth } from "./slots";
import {
  type Following,
  follow,
  leftovers,
  makeOnlinePair,
  type OnlinePair,
  startOf,
} from "./testing/following";

const servers = serversForFile(17, 18);

const SCHEMA = ["create table one (id int primary key, v text)", "create unlogged table apart (id int)"];

async function confirmedLsn({ source, name }: OnlinePair): Promise<bigint> {
  return (await withSession(source, (client) => slotHealth(client, name)))?.confirmedLsn ?? 0n;
}

async function stop(following: Following): Promise<void> {
  following.abort(new Error("stopped"));
  await expect(following.result).rejects.toThrow("stopped");
}

/** The slot has been told that everything written so far is on the target. */
async function acknowledged(pair: OnlinePair): Promise<void> {
  const [row] = await queryRows<{ lsn: string }>(pair.source, "select pg_current_wal_lsn()::text as lsn");
  const [high = "0", low = "0"] = (row?.lsn ?? "").split("/");
  const lsn = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  await expect.poll(() => confirmedLsn(pair), { timeout: 40_000 }).toBeGreaterThanOrEqual(lsn);
}

test.concurrent.each(["origin", "row"] as const)(
  "a target that was set back behind what it had confirmed is told apart from one that is in step (%s)",
  async (kind) => {
    const pair = await makeOnlinePair(servers.source, servers.target, `setback_${kind}`, SCHEMA);
    if (kind === "row") {
      await runSql(
        settingsOf(servers.target),
        "create role humble login password 'secret' createdb",
        `alter database ${pair.target.database} owner to humble`,
      );
      await runSql(pair.target, "alter schema public owner to humble");
      Object.assign(pair.target, { user: "humble", password: "secret" });
    }
    const capture = { name: pair.name, plugin: "test_decoding" as const };
    // Owners that a humble login cannot set are no matter here.
    const start = startOf(
      (await moveAndReport({ source: pair.source, target: pair.target, capture })).result,
    );
    const first = follow(pair, start);
    await first.event("caught-up");
    await runSql(pair.source, "insert into one values (1, 'one')");
    await acknowledged(pair);
    const early = formatLsn(await confirmedLsn(pair));
    await runSql(pair.source, "insert into one values (2, 'two')");
    await acknowledged(pair);
    const last = await confirmedLsn(pair);
    // Nothing of this is to be applied, and yet the slot moves past it.
    await runSql(pair.source, "create table unknown_here as select generate_series(1, 100) as i");
    await acknowledged(pair);
    expect(await confirmedLsn(pair)).toBeGreaterThan(last);
    await stop(first);

    const second = follow(pair, start);
    await second.event("caught-up");
    await stop(second);

    const admin = settingsOf(servers.target, pair.target.database);
    await runSql(
      admin,
      "delete from one where id = 2",
      kind === "row"
        ? `update howdah.progress set lsn = '${early}' where name = '${pair.name}'`
        : `select pg_replication_origin_advance('${pair.name}', '${early}')`,
    );
    const third = follow(pair, start);
    await expect(third.result).rejects.toMatchObject({ code: "TARGET_BEHIND", transient: false });
    await expect(third.result).rejects.toThrow(early);
    // A wish to cut over does not get past it, and nothing was taken away.
    await expect(follow(pair, start).cutOver()).rejects.toMatchObject({ code: "TARGET_BEHIND" });
    expect(await leftovers(pair)).toContain(`slot ${pair.name}`);

    // The same target in step again goes on.
    await runSql(
      admin,
      "insert into one values (2, 'two')",
      kind === "row"
        ? `update howdah.progress set lsn = '${formatLsn(await confirmedLsn(pair))}' where name = '${pair.name}'`
        : `select pg_replication_origin_advance('${pair.name}', '${formatLsn(await confirmedLsn(pair))}')`,
    );
    await runSql(pair.source, "drop table unknown_here", "insert into one values (3, 'three')");
    await follow(pair, start).cutOver();
    const rows = "select id, v from one order by id";
    expect(await queryRows(admin, rows)).toEqual(await queryRows(pair.source, rows));
    expect(await leftovers(pair)).toEqual([]);
  },
);
