import { parseArgs } from "node:util";
import type { EngineRoundResult } from "@/lib/engine/testing/online/engine-round";
import { ONLINE_FAULTS } from "@/lib/engine/testing/online/online-faults";
import { startWorker } from "@/lib/worker/start-worker";
import { FAULTS } from "./chaos/faults";
import { findLeaks } from "./chaos/leaks";
import { DRIVERS, type Driver, runOnlineRounds } from "./chaos/online-rounds";
import { startRig } from "./chaos/rig";
import { type RoundResult, runRound } from "./chaos/round";
import { MEDIUM, SMALL } from "./chaos/source-database";

const USAGE = `npm run chaos -- [--rounds 30] [--seed n] [--only cut,stall] [--small]
npm run chaos -- --online [--rounds 50] [--seed n] [--only cut,stall] [--driver engine|worker]
npm run chaos -- --leaks [--rounds 50]

Migrates a database again and again while workers, servers, sessions and the network are killed, cut and stalled at random;
each time the target must be equal to the source and nothing may be left over. The same seed does the same, but for timing.
--online moves a database while writers write to it, follows it and cuts over; at every look the target must be a committed prefix of
the source, and equal to it at the end. Servers, plugin and what is written follow from the seed.
--leaks instead runs small migrations through one worker and looks at what stays behind: sessions, files, memory.
Faults: ${Object.keys(FAULTS).join(", ")}.
Faults online: ${Object.keys(ONLINE_FAULTS).join(", ")}.`;

interface Options {
  rounds: number;
  seed: number;
  faults: string[];
  small: boolean;
  leaks: boolean;
  online: boolean;
  drivers: readonly Driver[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      only: { type: "string" },
      small: { type: "boolean", default: false },
      leaks: { type: "boolean", default: false },
      online: { type: "boolean", default: false },
      driver: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const known = Object.keys(values.online ? ONLINE_FAULTS : FAULTS);
  const faults = values.only?.split(",") ?? known;
  const drivers = DRIVERS.filter((name) => values.driver === undefined || values.driver === name);
  const rounds = Number(values.rounds ?? (values.leaks || values.online ? 50 : 30));
  const seed = Number(values.seed);
  const isKnown = faults.every((name) => known.includes(name)) && drivers.length > 0;
  if (values.help || !(rounds >= 1) || !Number.isInteger(seed) || !isKnown) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const { small, leaks, online } = values;
  return { rounds, seed, faults, small, leaks, online, drivers };
}

async function main(): Promise<void> {
  const options = readOptions();
  process.env["HOWDAH_LOG_LEVEL"] ??= "error";
  if (options.leaks) await lookForLeaks(options.rounds);
  else if (options.online) await runOnline(options);
  else await runRounds(options);
}

/** The worker runs in this process, whose memory is looked at. */
async function lookForLeaks(migrations: number): Promise<void> {
  await using rig = await startRig(SMALL);
  const worker = await startWorker({ databaseUrl: rig.store.url, name: "leaks" });
  try {
    const report = await findLeaks(rig, migrations);
    const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
    const change = ([early, late]: [number, number], show: (value: number) => string = String) =>
      `${show(early)} -> ${show(late)}`;
    console.log(
      `${migrations} migrations; after the third -> at the end: heap ${change(report.heapBytes, mib)}, resident ${change(report.rssBytes, mib)}, descriptors ${change(report.descriptors)}, sessions ${change(report.sessions)}`,
    );
    for (const leak of report.leaks) console.log(`  ! ${leak}`);
    if (report.leaks.length > 0) process.exitCode = 1;
  } finally {
    await worker.stop();
  }
}

async function runRounds({ rounds, seed, faults, small }: Options): Promise<void> {
  console.log(`${rounds} rounds from seed ${seed}`);
  await using rig = await startRig(small ? SMALL : MEDIUM);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      await rig[Symbol.asyncDispose]();
      process.exit(130);
    });
  }
  const megabytesPerSecond = small ? [1.5, 3, null] : [15, 30, 60, null];
  const withinMs = small ? 5_000 : 8_000;
  const results: RoundResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const result = await runRound(rig, seed + round, {
      faults,
      atMost: 3,
      withinMs,
      megabytesPerSecond,
    });
    results.push(result);
    print(round + 1, result);
  }
  const failed = results.filter((result) => result.faults.length > 0);
  const longest = Math.max(...results.map(({ goingOnMs }) => goingOnMs));
  console.log(
    `${rounds - failed.length} of ${rounds} rounds passed; the longest time to go on was ${(longest / 1_000).toFixed(1)} s.`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

function print(number: number, { seed, done, goingOnMs, totalMs, faults, log }: RoundResult): void {
  const verdict = faults.length === 0 ? "passed" : "FAILED";
  const times = `${(totalMs / 1_000).toFixed(1)} s, went on within ${(goingOnMs / 1_000).toFixed(1)} s`;
  console.log(`round ${number} (seed ${seed}): ${verdict}, ${times}`);
  for (const line of done) console.log(`    ${line}`);
  for (const line of faults) console.log(`  ! ${line.slice(0, 1_000)}`);
  for (const line of log) console.log(`  | ${line}`);
}

async function runOnline({ rounds, seed, faults, drivers }: Options): Promise<void> {
  console.log(`${rounds} online rounds from seed ${seed}`);
  const failed = await runOnlineRounds({ rounds, seed, faults, drivers, report: printOnline });
  console.log(`${rounds - failed} of ${rounds} rounds passed.`);
  if (failed > 0) process.exitCode = 1;
}

function printOnline(seed: number, result: EngineRoundResult | Error): void {
  if (result instanceof Error) {
    console.log(`seed ${seed}: BROKE OFF, ${result.message}`);
    return;
  }
  const { title, writing, looks, states, goingOnMs, cutoverMs, totalMs, done, faults, log } = result;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const verdict = faults.length === 0 ? "passed" : "FAILED";
  console.log(
    `seed ${seed} (${title}): ${verdict}, ${seconds(totalMs)}; ${writing.committed} transactions, ${writing.rolledBack} rolled back, ${states} states in ${looks} looks; went on within ${seconds(goingOnMs)}, cutover in ${seconds(cutoverMs)}`,
  );
  for (const line of done) console.log(`    ${line}`);
  for (const line of faults.slice(0, 30)) console.log(`  ! ${line.slice(0, 1_000)}`);
  if (faults.length > 0) for (const line of log) console.log(`  | ${line}`);
}

await main();
// Sockets that were left half open may keep Node from ending by itself.
process.exit();
