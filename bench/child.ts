import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WORKER_FLAGS } from "@/lib/cli/start/worker-flags";
import { bundle } from "@/lib/engine/testing/bundled-program";

/** Within node_modules, so that the packages the engine needs are found from there. */
const FOLDER = fileURLToPath(new URL("../node_modules/.cache/howdah-bench", import.meta.url));

/** Bundles bench/NAME.ts as the product's programs are bundled: run from its sources it would take more memory. */
export async function bundleChild(name: string): Promise<void> {
  await bundle({ [name]: fileURLToPath(new URL(`${name}.ts`, import.meta.url)) }, FOLDER);
}

export type ChildAnswer<Result> = { ready: true } | { result: Result } | { error: string };

/**
 * Has an order carried out by a process of its own, as a worker would: it says when it is ready, is sent the order over the
 * channel, because orders hold passwords, and answers. `whileRunning` gets it once it has its order. Throws what it tells of.
 */
export async function runInChild<Order extends object, Result>(
  name: string,
  order: Order,
  whileRunning: (child: ChildProcess) => void = () => undefined,
): Promise<Result> {
  const profile = process.env["HOWDAH_BENCH_PROFILE"];
  const child = fork(`${FOLDER}/${name}.mjs`, {
    execArgv: [...WORKER_FLAGS, ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [])],
  });
  try {
    return await new Promise<Result>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the engine's process ended with code ${code}`)));
      child.on("message", (answer: ChildAnswer<Result>) => {
        if ("ready" in answer) {
          child.send(order);
          whileRunning(child);
        } else if ("result" in answer) resolve(answer.result);
        else reject(new Error(answer.error));
      });
    });
  } finally {
    if (child.connected) child.disconnect();
  }
}

/** In a child: waits for its order, carries it out and answers. */
export function serveParent<Order, Result>(work: (order: Order) => Promise<Result>): void {
  const answer = (message: ChildAnswer<Result>) => process.send?.(message);
  process.once("message", (order) => {
    void work(order as Order).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ error: String(error) }),
    );
  });
  answer({ ready: true });
}
