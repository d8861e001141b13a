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
import { TLS_LISTEN } from "./tls-listen";

const listen = z
  .object({ dir: z.string(), host: z.string(), port: z.int(), certificate: z.string(), key: z.string() })
  .parse(JSON.parse(process.env[TLS_LISTEN] ?? "null"));

const app = next({ dev: false, dir: listen.dir, hostname: listen.host, port: listen.port });
await app.prepare();
const handle = app.getRequestHandler();

const server = createServer(
  { cert: readFileSync(listen.certificate), key: readFileSync(listen.key), minVersion: "TLSv1.2" },
  (request, response) => {
    markAsDirect(request);
    handle(request, response).catch(() => response.destroy());
  },
);
server.listen(listen.port, listen.host);

/** Nobody stands between this server and the client, so nothing a client says of a proxy is true. */
function markAsDirect({ headers, socket }: IncomingMessage): void {
  delete headers["x-forwarded-host"];
  delete headers["x-forwarded-port"];
  headers["x-forwarded-proto"] = (socket as TLSSocket).encrypted ? "https" : "http";
  headers["x-forwarded-for"] = socket.remoteAddress ?? "";
}
