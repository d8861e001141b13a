import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { installationRoot } from "@/lib/cli/installation";
import type { TlsIdentity } from "@/lib/cli/tls/tls-identity";
import { TLS_LISTEN } from "@/lib/cli/tls/tls-listen";
import { webEnvironment } from "./web-environment";
import { WORKER_FLAGS } from "./worker-flags";

export interface WebAddress {
  host: string;
  port: number;
}

/** Ends a program that knows nothing of its starter when that dies, even by SIGKILL: the channel between them closes. */
const END_WITH_STARTER =
  "data:text/javascript,process.once('disconnect',()=>process.exit(0)),process.channel?.unref()";

/**
 * Starts the dashboard's web server, the production build of this installation. Its own session, so that Ctrl-C reaches
 * only the starter, which stops everything in order.
 */
export function startWeb(databaseUrl: string, address: WebAddress, tls: TlsIdentity | null): ChildProcess {
  const root = installationRoot();
  if (tls) return startTlsWeb(root, databaseUrl, address, tls);
  const next = join(root, "node_modules", "next", "dist", "bin", "next");
  const args = ["--import", END_WITH_STARTER, next, "start", root];
  return spawn(process.execPath, [...args, "-H", address.host, "-p", String(address.port)], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: webEnvironment(databaseUrl, address.host),
  });
}

function startTlsWeb(
  root: string,
  databaseUrl: string,
  { host, port }: WebAddress,
  { certificateFile: certificate, keyFile: key }: TlsIdentity,
): ChildProcess {
  const program = join(root, "dist", "web-server.mjs");
  return spawn(process.execPath, ["--import", END_WITH_STARTER, program], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      ...webEnvironment(databaseUrl, host),
      [TLS_LISTEN]: JSON.stringify({ dir: root, host, port, certificate, key }),
    },
  });
}

/** Starts a worker; it stops cleanly when its starter dies. The store's address goes through the environment. */
export function startWorkerProcess(databaseUrl: string): ChildProcess {
  const program = join(installationRoot(), "dist", "howdah.mjs");
  return spawn(process.execPath, [...WORKER_FLAGS, "--enable-source-maps", program, "worker"], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: "production", DATABASE_URL: databaseUrl },
  });
}
