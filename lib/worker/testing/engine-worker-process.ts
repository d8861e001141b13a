/** A worker with the real engine in a process of its own, for tests that kill it; store from DATABASE_URL. */
import { startWorker } from "../start-worker";

const worker = await startWorker({
  databaseUrl: process.env["DATABASE_URL"] ?? "",
  name: `process-${process.pid}`,
});
process.once("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
process.stdout.write("ready\n");
