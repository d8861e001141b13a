import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { formatLsn, type Lsn } from "@/lib/postgres/lsn";
import type { Lane, LanePlace } from "./online-lanes";
import { runToEnd, versionOf } from "./shell";

const PLUGIN = "test_decoding";
/** How long it may take to make its slot. */
const PATIENCE_MS = 60_000;

/** pgcopydb's `follow`, when there is a pgcopydb; null otherwise. `makePlace` is asked only when there is. */
export async function pgcopydbLane(makePlace: () => Promise<LanePlace>): Promise<Lane | null> {
  const program = process.env["HOWDAH_BENCH_PGCOPYDB"] ?? "pgcopydb";
  if (!(await versionOf(program))) return null;
  const place = await makePlace();
  const capture = await Capture.open(program, place);
  return {
    name: `pgcopydb follow, ${PLUGIN}`,
    kind: "pgcopydb",
    target: place.target,
    run: (end) => capture.follow(end),
    end: () => capture.end(),
    costs: [],
  };
}

/** A slot of pgcopydb's, and the process that holds its snapshot: it follows only from what it has made itself. */
class Capture {
  readonly #program: string;
  readonly #place: LanePlace;
  readonly #folder = mkdtempSync(join(tmpdir(), "howdah-bench-"));
  readonly #env: NodeJS.ProcessEnv;
  readonly #holder: ChildProcess;

  private constructor(program: string, place: LanePlace) {
    this.#program = program;
    this.#place = place;
    const { from, target } = place;
    this.#env = { ...process.env, ...passwords(this.#folder, [from, target]), XDG_DATA_HOME: this.#folder };
    const args = ["snapshot", "--follow", "--source", uriOf(from), ...this.#how];
    this.#holder = spawn(program, args, { env: this.#env, stdio: "ignore" });
  }

  static async open(program: string, place: LanePlace): Promise<Capture> {
    const capture = new Capture(program, place);
    try {
      await untilSlot(place, capture.#holder);
      await capture.#run(["stream", "setup"]);
      await capture.#apply();
      // Nothing is copied from its snapshot, which would keep dead rows of the backlog from being pruned.
      await capture.#releaseSnapshot();
      return capture;
    } catch (error) {
      await capture.end();
      throw error;
    }
  }

  async follow(end: Lsn): Promise<{ ms: number; cpuSeconds: number }> {
    const begin = performance.now();
    const cpuSeconds = await this.#run([
      "follow",
      "--resume",
      "--not-consistent",
      "--endpos",
      formatLsn(end),
    ]);
    return { ms: performance.now() - begin, cpuSeconds };
  }

  async end(): Promise<void> {
    await this.#releaseSnapshot();
    await dropCapture(this.#place);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #releaseSnapshot(): Promise<void> {
    this.#holder.kill("SIGTERM");
    await ended(this.#holder);
  }

  /** Without it changes are received only: `clone` says so when its copy is done. */
  async #apply(): Promise<void> {
    const args = ["--source", uriOf(this.#place.from), "--dir", join(this.#folder, "work")];
    await runToEnd(this.#program, ["stream", "sentinel", "set", "apply", ...args], this.#env);
  }

  get #how(): string[] {
    return ["--dir", join(this.#folder, "work"), "--plugin", PLUGIN, "--slot-name", this.#place.slot];
  }

  async #run(command: readonly string[]): Promise<number> {
    const { from, target, slot } = this.#place;
    const ends = ["--source", uriOf(from), "--target", uriOf(target)];
    const args = [...command, ...ends, ...this.#how, "--origin", slot];
    return await runToEnd(this.#program, args, this.#env);
  }
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
