import { parseArgs } from "node:util";
import { FAULTS } from "./chaos/faults";
import { startRig } from "./chaos/rig";
import { type RoundResult, runRound } from "./chaos/round";
import { MEDIUM, SMALL } from "./chaos/source-database";

const USAGE = `npm run chaos -- [--rounds 30] [--seed n] [--only cut,stall] [--small]

Migrates a database again and again while workers, servers, sessions and the network are killed, cut and stalled at random;
each time the target must be equal to the source and nothing may be left over. The same seed does the same, but for timing.
Faults: ${Object.keys(FAULTS).join(", ")}.`;

interface Options {
  rounds: number;
  seed: number;
  faults: string[];
  small: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "30" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      only: { type: "string" },
      small: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const faults = values.only?.split(",") ?? Object.keys(FAULTS);
  const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
  if (values.help || !(rounds >= 1) || !Number.isInteger(seed) || !faults.every((name) => name in FAULTS)) {
    console.log(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  return { rounds, seed, faults, small: values.small };
}

async function main(): Promise<void> {
  const { rounds, seed, faults, small } = readOptions();
  process.env["HOWDAH_LOG_LEVEL"] ??= "error";
  console.log(`${rounds} rounds from seed ${seed}`);
  await using rig = await startRig(small ? SMALL : MEDIUM);
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

await main();
