import { request as requestPlainly } from "node:http";
import { request as requestOverTls } from "node:https";
import { Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";

export interface OutgoingRequest {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal | undefined;
}

/** Statuses whose answers have no body; `Response` refuses one. */
const BODILESS = new Set([101, 204, 205, 304]);

/**
 * Sends one request and resolves once the answer's headers are there; its body is read by the caller. Redirects are not followed.
 * Unlike `fetch` it takes certificates to trust. Throws what the network throws, or the signal's reason.
 */
export async function sendRequest(
  url: string,
  { method = "GET", headers = {}, body, signal }: OutgoingRequest,
  tls: ConnectionOptions = {},
): Promise<Response> {
  const overTls = url.startsWith("https:");
  return await new Promise((resolve, reject) => {
    const options = {
      method,
      headers:
        body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) },
      // A connection of its own: the process ends right after, and nothing should keep it.
      agent: false as const,
      ...(signal ? { signal } : {}),
    };
    const outgoing = overTls ? requestOverTls(url, { ...options, ...tls }) : requestPlainly(url, options);
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const status = incoming.statusCode ?? 500;
      const received = new Headers();
      for (const [name, value] of Object.entries(incoming.headers)) {
        if (value !== undefined) received.set(name, Array.isArray(value) ? value.join(", ") : value);
      }
      const bodiless = BODILESS.has(status);
      if (bodiless) incoming.resume();
      const stream = bodiless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
      resolve(new Response(stream, { status, statusText: incoming.statusMessage ?? "", headers: received }));
    });
    outgoing.end(body);
  });
}
