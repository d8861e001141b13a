import { aborted, watchSignals } from "@/lib/cli/interruption";
import { startWorker } from "@/lib/worker/start-worker";
import { EXIT } from "../exit-codes";
import { requiredStore } from "./required-store";

/** `howdah worker`: takes migrations until a signal comes; a second one leaves without handing over. Returns the exit code. */
export async function runWorker(name: string | undefined): Promise<number> {
  using interruption = watchSignals();
  const worker = await startWorker({ databaseUrl: await requiredStore(), ...(name ? { name } : {}) });
  await aborted(interruption.asked);
  await Promise.race([worker.stop(), aborted(interruption.forced)]);
  return interruption.forced.aborted ? EXIT.failed : EXIT.succeeded;
}
