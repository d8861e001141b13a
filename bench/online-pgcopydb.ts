import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { formatLsn } from "@/lib/postgres/lsn";
import type { Lane, LanePlace } from "./online-lanes";
import { runToEnd, versionOf } from "./shell";

const PLUGIN = "test_decoding";
/** How long it may take to make its slot. */
const PATIENCE_MS = 60_000;

/** pgcopydb's `follow`, when there is a pgcopydb; null otherwise. `makePlace` is asked only when there is. */
export async function pgcopydbLane(makePlace: () => Promise<LanePlace>): Promise<Lane | null> {
  const program = process.env["HOWDAH_BENCH_PGCOPYDB"] ?? "pgcopydb";
  const version = await versionOf(program);
  if (!version) return null;
  const place = await makePlace();
  const folder = mkdtempSync(join(tmpdir(), "howdah-bench-"));
  const env = { ...process.env, ...passwords(folder, [place.from, place.target]), XDG_DATA_HOME: folder };
  const ends = [
    "--source",
    uriOf(place.from),
    "--target",
    uriOf(place.target),
    "--dir",
    join(folder, "work"),
  ];
  const how = ["--plugin", PLUGIN, "--slot-name", place.slot];
  // It follows only from a slot that it has made itself, whose snapshot a process of its own holds meanwhile.
  const holder = spawn(program, ["snapshot", "--follow", ...ends.slice(0, 2), ...ends.slice(4), ...how], {
    env,
    stdio: "ignore",
  });
  const end = async () => {
    holder.kill("SIGTERM");
    await ended(holder);
    await dropCapture(place);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilSlot(place, holder);
    await runToEnd(program, ["stream", "setup", "--resume", ...ends, ...how, "--origin", place.slot], env);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    name: `pgcopydb follow, ${PLUGIN}`,
    kind: "pgcopydb",
    target: place.target,
    run: async (lsn) => {
      const begin = performance.now();
      const args = [
        "follow",
        "--resume",
        ...ends,
        ...how,
        "--origin",
        place.slot,
        "--endpos",
        formatLsn(lsn),
      ];
      const cpuSeconds = await runToEnd(program, args, env);
      return { ms: performance.now() - begin, cpuSeconds };
    },
    end,
    costs: [],
  };
}

/** A password file, so that no password is in its arguments. */
function passwords(folder: string, servers: readonly ConnectionSettings[]) {
  const file = join(folder, "pgpass");
  const lines = servers.map(({ host, port, user, password }) => `${host}:${port}:*:${user}:${password}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return { PGPASSFILE: file, PGSSLMODE: "prefer" };
}

function uriOf({ host, port, user, database }: ConnectionSettings): string {
  return `postgresql://${user}@${host}:${port}/${database}`;
}

async function untilSlot({ from, slot }: LanePlace, holder: ChildProcess): Promise<void> {
  const client = await connect(from);
  try {
    const until = performance.now() + PATIENCE_MS;
    const isMade =
      "select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn is not null";
    while (!(await client.query(isMade, [slot])).rowCount) {
      if (holder.exitCode !== null || performance.now() > until)
        throw new Error("pgcopydb snapshot --follow made no slot");
      await sleep(100);
    }
  } finally {
    await client.end();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once("exit", resolve));
}

async function dropCapture({ from, slot }: LanePlace): Promise<void> {
  const client = await connect(from);
  try {
    await client.query(
      "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active",
      [slot],
    );
  } finally {
    await client.end();
  }
}
