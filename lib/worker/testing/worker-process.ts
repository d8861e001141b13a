/** A worker in a process of its own, for tests that kill it: tsx worker-process.ts <rows> <pauseMs>, store from DATABASE_URL. */
import { startWorker } from "../start-worker";
import { slowEngine } from "./slow-engine";

const [rows = "10", pauseMs = "10"] = process.argv.slice(2);
const worker = await startWorker({
  databaseUrl: process.env["DATABASE_URL"] ?? "",
  name: `process-${process.pid}`,
  engine: slowEngine({ rows: Number(rows), pauseMs: Number(pauseMs) }),
});
process.once("SIGTERM", () => void worker.stop().then(() => process.exit(0)));
process.stdout.write("ready\n");
