/**
 * A worker with the real engine in a process of its own, for tests that kill it; store from DATABASE_URL. Its argument, if any, is
 * how many migrations it takes at once.
 */
import { startWorker } from "../start-worker";

const [atOnce] = process.argv.slice(2);
const worker = await startWorker({
  databaseUrl: process.env["DATABASE_URL"] ?? "",
  name: `process-${process.pid}`,
  ...(atOnce === undefined ? {} : { migrationsAtOnce: Number(atOnce) }),
});
process.once("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
process.stdout.write("ready\n");
