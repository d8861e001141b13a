import { setTimeout as sleep } from "node:timers/promises";
import type { EngineRoundOptions, EngineRoundResult } from "@/lib/engine/testing/online/engine-round";
import {
  type FragileServer,
  type FragileServers,
  SOURCE_MAJORS,
} from "@/lib/engine/testing/online/fragile-servers";
import { runOnlineRound } from "@/lib/engine/testing/online/online-round";
import { createOnlineSource } from "@/lib/engine/testing/online/online-source";
import { removeRoundDatabase, whatIsLeft } from "@/lib/engine/testing/online/round-databases";
import { Chance } from "@/lib/engine/testing/random/chance";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer } from "@/lib/store/testing/test-store";
import { WorkerFollower } from "./online-follower";
import type { WorkerRig } from "./online-rounds";
import { patiently } from "./patiently";

const PLUGINS = ["test_decoding", "pgoutput"] as const;

/** Transactions beyond this many rows are megabytes each. */
const MANY_ROWS = 10_000;

/** How the worker, or the store behind it, is broken; killing has the largest share. */
const BREAKS = ["kill", "kill", "stop", "freeze", "store"] as const;

export interface WorkerRoundOptions extends EngineRoundOptions {
  /** What the fault `interrupt` does; one of them by chance. */
  breaks?: readonly (typeof BREAKS)[number][];
}

/** One online migration, driven by worker processes that are killed like everything else. */
export async function runWorkerRound(
  servers: FragileServers,
  rig: WorkerRig,
  options: WorkerRoundOptions,
): Promise<EngineRoundResult> {
  const chance = new Chance(options.seed + 500_000);
  const { major = chance.pick(SOURCE_MAJORS), plugin = chance.pick(PLUGINS), breaks = BREAKS } = options;
  const [source, target] = [await servers.source(major), await servers.target()];
  const database = `app_${options.seed}`;
  await createOnlineSource(source.server, database);
  while (rig.workers.running.length === 0) await rig.workers.start();
  const id = await create({ source, target, database, plugin, chance, bulkRows: options.bulkRows });
  await using follower = new WorkerFollower(id, rig.workers);
  const stage = {
    source,
    target,
    resets: [],
    interrupt: (chance: Chance) => breakDriver({ rig, follower, breaks }, chance),
  };
  const direct = ({ server }: FragileServer) => settingsOf(server, database);
  const title = `workers, ${major} to 18, ${plugin}`;
  try {
    const pair = { source: () => direct(source), target: () => direct(target), stage, follower };
    const result = await runOnlineRound(pair, options);
    const left = await whatIsLeft({ source, target });
    return { ...result, faults: [...result.faults, ...left], title, log: await readLog(id) };
  } catch (error) {
    throw new Error(`${title}: ${error}\n${(await readLog(id)).slice(-40).join("\n")}`, { cause: error });
  } finally {
    await removeRoundDatabase(source, database);
    await removeRoundDatabase(target, database);
  }
}

async function create({
  source,
  target,
  database,
  plugin,
  chance,
  bulkRows,
}: {
  source: FragileServer;
  target: FragileServer;
  database: string;
  plugin: (typeof PLUGINS)[number];
  chance: Chance;
  bulkRows: number;
}): Promise<string> {
  const { host, port } = target.proxy;
  const server = await registerServer({ host, port, user: target.server.user });
  const at = { ...source.server, host: source.proxy.host, port: source.proxy.port };
  // So that it holds something up, and yet lets the round's changes through within seconds.
  const unit = bulkRows > MANY_ROWS ? 1 : 0.1;
  const megabytesPerSecond = chance.percent(50) ? null : chance.between(2, 10) * unit;
  const body = bodyOf(at, target.server, {
    dbsToMigrate: [database],
    migrationMode: "Online",
    migrationOption: "Migrate",
    howdah: {
      jobs: chance.between(1, 3),
      throttle: { megabytesPerSecond },
      online: { plugin, onDivergence: "continue" },
    },
  });
  const { id } = await createMigration({ server, name: database, body, actor: "chaos" });
  return id;
}

interface Driver {
  rig: WorkerRig;
  follower: WorkerFollower;
  breaks: readonly (typeof BREAKS)[number][];
}

/** The worker, or the store behind it. */
async function breakDriver({ rig, follower, breaks }: Driver, chance: Chance): Promise<string> {
  const way = chance.pick(breaks);
  const [worker] = rig.workers.running;
  if (way === "store") {
    const ms = chance.between(0, 3_000);
    const { server } = rig.store;
    await server.kill();
    await sleep(ms);
    rig.store.server = await server.restart();
    return `store killed and started again after ${ms} ms`;
  }
  if (way === "stop" && worker) {
    await rig.workers.end(worker, "SIGTERM");
    await rig.workers.start();
    return "worker stopped";
  }
  if (way === "freeze" && worker) {
    await rig.workers.start();
    worker.child.kill("SIGSTOP");
    const ms = chance.between(500, 8_000);
    await sleep(ms);
    worker.child.kill("SIGCONT");
    return `worker frozen for ${ms} ms, beside another one`;
  }
  return await follower.interrupt();
}

async function readLog(id: string): Promise<string[]> {
  const events = await patiently(() =>
    store().migrationEvent.findMany({ where: { migrationId: id }, orderBy: { id: "asc" } }),
  );
  const shown = events.filter(({ kind }) => kind !== "table-completed" && kind !== "index-completed");
  return shown.map(({ at, level, kind, message, object }) =>
    [at.toISOString(), level, kind, object ?? "", message].join(" "),
  );
}
