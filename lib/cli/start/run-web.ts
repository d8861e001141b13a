import { once } from "node:events";
import { aborted, watchSignals } from "@/lib/cli/interruption";
import type { Output } from "@/lib/cli/output";
import { startWeb, type WebAddress } from "./child-processes";
import { requiredStore } from "./required-store";
import { waitUntilHealthy } from "./wait-until-healthy";
import { originOf } from "./web-environment";

/** `howdah web`: the dashboard until a signal comes or it ends; returns the exit code. Throws UsageError or CodedError. */
export async function runWeb(address: WebAddress, { out }: Output): Promise<number> {
  using interruption = watchSignals();
  const child = startWeb(await requiredStore(), address);
  const ended = once(child, "exit").then(([code]) => (typeof code === "number" ? code : 1));
  const stop = aborted(interruption.asked).then(() => {
    child.kill("SIGTERM");
    return ended.then(() => 0);
  });
  const origin = originOf(address.host, address.port);
  const announce = waitUntilHealthy(origin, interruption.asked).then(() =>
    out(`Howdah is ready at ${origin}`),
  );
  // A dashboard that never answers keeps running and says so; whoever supervises it decides.
  announce.catch((error) => {
    if (!interruption.asked.aborted) out(String(error));
  });
  return await Promise.race([ended, stop]);
}
