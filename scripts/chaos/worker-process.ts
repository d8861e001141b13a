/** A worker with the real engine in a process of its own: tsx worker-process.ts, store from DATABASE_URL. */
import { startWorker } from "@/lib/worker/start-worker";

const worker = await startWorker({
  databaseUrl: process.env["DATABASE_URL"] ?? "",
  name: `chaos-${process.pid}`,
});
process.once("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
process.stdout.write("ready\n");
