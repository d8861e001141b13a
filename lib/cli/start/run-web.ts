import { once } from "node:events";
import { aborted, watchSignals } from "@/lib/cli/interruption";
import type { Output } from "@/lib/cli/output";
import { openTls } from "@/lib/cli/tls/open-tls";
import { type TlsOptions, tlsSourceOf } from "@/lib/cli/tls/tls-options";
import { announceTls } from "./announce-tls";
import { startWeb, type WebAddress } from "./child-processes";
import { requiredStore } from "./required-store";
import { waitUntilHealthy } from "./wait-until-healthy";
import { originOf } from "./web-environment";

/** `howdah web`: the dashboard until a signal comes or it ends; returns the exit code. Throws UsageError or CodedError. */
export async function runWeb(address: WebAddress & TlsOptions, { out }: Output): Promise<number> {
  using interruption = watchSignals();
  const source = tlsSourceOf(address);
  const databaseUrl = await requiredStore();
  const tls = await openTls(source, address.host);
  const child = startWeb(databaseUrl, address, tls);
  const ended = once(child, "exit").then(([code]) => (typeof code === "number" ? code : 1));
  const stop = aborted(interruption.asked).then(() => {
    child.kill("SIGTERM");
    return ended.then(() => 0);
  });
  const origin = originOf(address.host, address.port, tls ? "https" : "http");
  const healthy = waitUntilHealthy(origin, interruption.asked, { fingerprint: tls?.fingerprint });
  const announce = healthy.then(() => {
    out(`Howdah is ready at ${origin}`);
    announceTls(tls, out);
  });
  // A dashboard that never answers keeps running and says so; whoever supervises it decides.
  announce.catch((error) => {
    if (!interruption.asked.aborted) out(String(error));
  });
  return await Promise.race([ended, stop]);
}
