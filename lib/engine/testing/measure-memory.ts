/**
 * A process for tests and benches that moves databases one after the other and says how much memory it took. Takes {moves: [{source,
 * target}], jobs} as JSON on its standard input, since they hold passwords, and prints {peakMib, residentMib, failures};
 * `residentMib` is what it had after each move.
 */
import { text } from "node:stream/consumers";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { moveDatabase } from "../move-database";
import { memoryCheckpoint } from "./memory-checkpoint";

export interface MemoryAnswer {
  peakMib: number;
  residentMib: number[];
  failures: number;
}

const { moves, jobs } = JSON.parse(await text(process.stdin)) as {
  moves: { source: ConnectionSettings; target: ConnectionSettings }[];
  jobs: number;
};
const { signal } = new AbortController();
const answer: MemoryAnswer = { peakMib: 0, residentMib: [], failures: 0 };
for (const { source, target } of moves) {
  const checkpoint = memoryCheckpoint();
  const { failures } = await moveDatabase({
    ...{ source, target, jobs, checkpoint, signal },
    report: () => undefined,
  });
  answer.failures += failures.length;
  answer.residentMib.push(Math.round(process.memoryUsage.rss() / 1024 / 1024));
}
// The highest the process ever was, in KiB (getrusage(2)).
answer.peakMib = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify(answer));
