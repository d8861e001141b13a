import type { OutputPlugin } from "@/lib/engine/cdc/change-stream";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { connect } from "@/lib/postgres/connect";
import { formatLsn } from "@/lib/postgres/lsn";
import { runInChild } from "./child";
import {
  createDatabase,
  dropSlot,
  endOf,
  type FollowCost,
  type FollowOrder,
  makePlace,
  orderOf,
  type Servers,
  seconds,
} from "./online-lanes";

const SETUP = ["create table big (id bigint primary key, a int, b text)"];
const FIGURES = "select count(*) || ' ' || sum(id) || ' ' || sum(a) as figures from big";

/** One transaction of so many rows: what memory the process takes that applies it. Throws when rows are missing. */
export async function runLarge(servers: Servers, rows: number): Promise<void> {
  console.log(`\nlarge: one transaction of ${rows} rows`);
  const from = settingsOf(servers.source, "online_large");
  await createDatabase(from, SETUP);
  const client = await connect(from);
  try {
    await client.query("create publication bench for all tables");
    const orders: FollowOrder[] = [];
    for (const plugin of ["test_decoding", "pgoutput"] satisfies OutputPlugin[]) {
      const place = await makePlace(servers, from, `howdah_bench_large_${plugin}`, SETUP);
      orders.push(await orderOf(place, plugin, client));
    }
    const written = performance.now();
    await client.query(
      "insert into big select i, i % 1000, md5(i::text) from generate_series(1, $1::int) i",
      [rows],
    );
    const endLsn = formatLsn(await endOf(client));
    console.log(`  written in ${seconds(performance.now() - written)}`);
    const expected = (await client.query<{ figures: string }>(FIGURES)).rows[0]?.figures;
    for (const order of orders) {
      const cost = await runInChild<FollowOrder, FollowCost>("online-child", { ...order, endLsn });
      const memory = `resident ${cost.rssBeforeMib.toFixed(0)} to ${cost.rssMib.toFixed(0)} MiB at most`;
      console.log(
        `  Howdah, ${order.plugin.padEnd(16)} ${seconds(cost.ms)}, CPU ${cost.cpuSeconds.toFixed(1)} s, ${memory}`,
      );
      await check(order, expected);
      await dropSlot(client, order.slot);
    }
  } finally {
    await client.end();
  }
}

async function check({ target, plugin }: FollowOrder, expected: string | undefined): Promise<void> {
  const client = await connect(target);
  try {
    const { rows } = await client.query<{ figures: string }>(FIGURES);
    if (rows[0]?.figures !== expected) throw new Error(`${plugin}: other rows were applied`);
  } finally {
    await client.end();
  }
}
