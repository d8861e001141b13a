import { setTimeout as sleep } from "node:timers/promises";
import { queryRows } from "@/lib/engine/testing/with-session";
import { requestPause, requestResume } from "@/lib/store/control-wishes";
import { findMigrationById } from "@/lib/store/read-migrations";
import { CodedError } from "@/lib/util/coded-error";
import { patiently } from "./patiently";
import type { Random } from "./random";
import { directly, type FragileServer, type Rig } from "./rig";

/** Something that goes wrong. Resolves when everything is up again; says what was done, for the report. */
export type Fault = (rig: Rig, random: Random, migrationId: string) => Promise<string>;

const SIDES = ["source", "target"] as const;

async function killWorker({ workers }: Rig): Promise<string> {
  const [worker] = workers.running;
  if (!worker) return "no worker to kill";
  await workers.end(worker, "SIGKILL");
  await workers.start();
  return "worker killed";
}

async function stopWorker({ workers }: Rig): Promise<string> {
  const [worker] = workers.running;
  if (!worker) return "no worker to stop";
  await workers.end(worker, "SIGTERM");
  await workers.start();
  return "worker stopped";
}

/** Longer than the queue waits for a heartbeat: another worker takes over, and then the first one wakes up. */
async function freezeWorker({ workers }: Rig, random: Random): Promise<string> {
  const [worker] = workers.running;
  if (!worker) return "no worker to freeze";
  await workers.start();
  worker.child.kill("SIGSTOP");
  const ms = random.between(500, 16_000);
  await sleep(ms);
  worker.child.kill("SIGCONT");
  return `worker frozen for ${ms} ms, beside another one`;
}

async function endSessions(rig: Rig, random: Random): Promise<string> {
  const side = random.pick(SIDES);
  const share = random.fraction();
  const rows = await queryRows<{ name: string }>(
    directly(rig[side], "postgres"),
    `select application_name as name, pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'howdah%' and random() <= $1`,
    [share],
  );
  return `${rows.length} sessions of the ${side} ended (${[...new Set(rows.map(({ name }) => name))].join(", ")})`;
}

async function restartServer(rig: Rig, random: Random): Promise<string> {
  const side = random.pick(SIDES);
  const ms = random.between(0, 4_000);
  const { server } = rig[side];
  await server.kill();
  await sleep(ms);
  rig[side].server = await server.restart();
  return `${side} killed and started again after ${ms} ms`;
}

async function cut(rig: Rig, random: Random): Promise<string> {
  const sides = random.pick([["source"], ["target"], ["source", "target"]] as const);
  for (const side of sides) rig[side].proxy.cut();
  return `connections to ${sides.join(" and ")} cut`;
}

async function stall(rig: Rig, random: Random): Promise<string> {
  const side = random.pick(SIDES);
  const ms = random.between(1_000, 7_000);
  rig[side].proxy.stall();
  await sleep(ms);
  rig[side].proxy.resume();
  return `network to the ${side} stalled for ${ms} ms`;
}

/** Cut in the middle of a message, some bytes on. */
async function cutLater(rig: Rig, random: Random): Promise<string> {
  const side = random.pick(SIDES);
  const bytes = random.between(1, 2_000_000);
  rig[side].proxy.cutAfter(bytes);
  await sleep(random.between(200, 2_000));
  rig[side].proxy.cutAfter(null);
  return `connections to the ${side} cut after ${bytes} bytes each`;
}

/** Connections on which nothing will ever come again, whose sessions the server has ended. */
async function leave(rig: Rig, random: Random): Promise<string> {
  const side = random.pick(SIDES);
  rig[side].proxy.halfOpen("client");
  return `connections to the ${side} dead without a word`;
}

/** A firewall that knows connections no more: neither side is told, and new ones are let through. */
async function forget(rig: Rig, random: Random): Promise<string> {
  const side = random.pick(SIDES);
  rig[side].proxy.stallOnly("howdah");
  return `connections to the ${side} pass nothing on any more`;
}

async function restartStore(rig: Rig, random: Random): Promise<string> {
  const ms = random.between(0, 12_000);
  const { server } = rig.store;
  await server.kill();
  await sleep(ms);
  rig.store.server = await server.restart();
  return `store killed and started again after ${ms} ms`;
}

async function pause(_: Rig, random: Random, migrationId: string): Promise<string> {
  const wish = { migrationId, actor: "chaos" };
  try {
    await patiently(() => requestPause(wish));
  } catch (error) {
    if (error instanceof CodedError && error.code === "ACTION_NOT_ALLOWED") return "too late to pause";
    throw error;
  }
  const until = random.pick(["paused", "at once"]);
  for (;;) {
    const row = await patiently(() => findMigrationById(migrationId));
    if (!row || row.pausedAt !== null || row.pauseRequestedAt === null || until === "at once") break;
    await sleep(50);
  }
  await patiently(() => requestResume(wish)).catch((error: unknown) => {
    if (!(error instanceof CodedError && error.code === "ACTION_NOT_ALLOWED")) throw error;
  });
  return until === "paused" ? "paused and resumed" : "pause taken back at once";
}

export const FAULTS: Record<string, Fault> = {
  "kill-worker": killWorker,
  "stop-worker": stopWorker,
  "freeze-worker": freezeWorker,
  "end-sessions": endSessions,
  "restart-server": restartServer,
  cut,
  "cut-later": cutLater,
  stall,
  leave,
  forget,
  "restart-store": restartStore,
  pause,
};

/** Sessions, slots and temporary files of Howdah that are left on a server, as lines for people. */
export async function leftOnServer(side: string, server: FragileServer): Promise<string[]> {
  const rows = await queryRows<{ line: string }>(
    directly(server, "postgres"),
    `select concat_ws(' ', 'session:', application_name, datname, state, query) as line from pg_stat_activity
      where application_name like 'howdah%'
     union all select concat('slot: ', slot_name) from pg_replication_slots
     union all select concat('temporary file: ', name) from pg_ls_tmpdir()
     union all select concat('prepared transaction: ', gid) from pg_prepared_xacts`,
  );
  return rows.map(({ line }) => `${side}: ${line}`);
}
