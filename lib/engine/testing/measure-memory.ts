/**
 * A process for tests and benches that moves one database and says how much memory it took. Takes {source, target, jobs} as
 * JSON on its standard input, since they hold passwords, and prints {peakMib, failures}.
 */
import { text } from "node:stream/consumers";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { moveDatabase } from "../move-database";
import { memoryCheckpoint } from "./memory-checkpoint";

const { source, target, jobs } = JSON.parse(await text(process.stdin)) as {
  source: ConnectionSettings;
  target: ConnectionSettings;
  jobs: number;
};
const { signal } = new AbortController();
const checkpoint = memoryCheckpoint();
const { failures } = await moveDatabase({
  source,
  target,
  jobs,
  checkpoint,
  report: () => undefined,
  signal,
});
// The highest the process ever was, in KiB (getrusage(2)).
const peakMib = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ peakMib, failures: failures.length }));
