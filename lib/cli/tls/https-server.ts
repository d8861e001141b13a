/**
 * The web server when it speaks TLS itself: `next start` cannot, so this one hands what it decrypts to Next as a custom
 * server does (https://nextjs.org/docs/app/guides/custom-server). Started by `startWeb`, which says where in TLS_LISTEN.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import next from "next";
import { z } from "zod";
import { logger } from "@/lib/util/log";
import { readTlsIdentity, type TlsIdentity } from "./tls-identity";
import { TLS_LISTEN } from "./tls-listen";
import { watchIdentity } from "./watch-identity";

const listen = z
  .object({ dir: z.string(), host: z.string(), port: z.int(), certificate: z.string(), key: z.string() })
  .parse(JSON.parse(process.env[TLS_LISTEN] ?? "null"));

const app = next({ dev: false, dir: listen.dir, hostname: listen.host, port: listen.port });
await app.prepare();
const handle = app.getRequestHandler();

const log = logger("web");
const shown = readTlsIdentity(listen.certificate, listen.key);
const server = createServer(secureContextOf(shown), (request, response) => {
  markAsDirect(request);
  handle(request, response).catch(() => response.destroy());
});
server.listen(listen.port, listen.host);
await watchIdentity({
  identity: shown,
  // Connections there are keep the certificate they began with.
  onRenewed: (identity) => {
    server.setSecureContext(secureContextOf(identity));
    log.info({ fingerprint: identity.fingerprint }, "The renewed certificate is shown from now on.");
  },
  onRefused: (error) => log.warn({ err: error }, "A new certificate cannot be used; the old one is shown."),
  // It ends with the process.
  signal: new AbortController().signal,
});

function secureContextOf({ certificate, keyFile }: TlsIdentity) {
  return { cert: certificate, key: readFileSync(keyFile), minVersion: "TLSv1.2" as const };
}

/** Nobody stands between this server and the client, so nothing a client says of a proxy is true. */
function markAsDirect({ headers, socket }: IncomingMessage): void {
  delete headers["x-forwarded-host"];
  delete headers["x-forwarded-port"];
  headers["x-forwarded-proto"] = (socket as TLSSocket).encrypted ? "https" : "http";
  headers["x-forwarded-for"] = socket.remoteAddress ?? "";
}
