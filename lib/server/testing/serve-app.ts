import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { NextRequest } from "next/server";
import { proxy } from "@/proxy";
import { type AppFile, loadRoute, matchPath, routeFiles } from "./app-routes";

export interface ServedApp extends AsyncDisposable {
  /** "http://127.0.0.1:40123" */
  baseUrl: string;
}

/** Serves the proxy and the route handlers over HTTP without a build, as `next start` would; pages are answered "page". */
export async function serveApp(): Promise<ServedApp> {
  const routes = routeFiles();
  const server = createServer((request, response) => {
    void answer(routes, request)
      .then((answered) => send(answered, response))
      .catch((error: unknown) => response.writeHead(500).end(`unhandled: ${String(error)}`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(routes: readonly AppFile[], incoming: IncomingMessage): Promise<Response> {
  const request = requestOf(incoming);
  const before = await proxy(
    new NextRequest(request.url, { headers: request.headers, method: request.method }),
  );
  const rewritten = before.headers.get("x-middleware-rewrite");
  if (!rewritten && before.headers.get("x-middleware-next") !== "1") return before;
  const { pathname } = new URL(rewritten ?? request.url);
  for (const route of routes) {
    const params = matchPath(route.path, pathname);
    if (!params) continue;
    const handler = (await loadRoute(route))[request.method];
    if (!handler) return new Response(null, { status: 405 });
    const named = Object.keys(params).length > 0 ? params : undefined;
    const response = await handler(request, { params: Promise.resolve(named) });
    for (const [name, value] of before.headers) {
      if (!name.startsWith("x-middleware-")) response.headers.set(name, value);
    }
    return response;
  }
  return new Response("page", { headers: before.headers });
}

function requestOf(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  headers.set("x-forwarded-for", incoming.socket.remoteAddress ?? "");
  const method = incoming.method ?? "GET";
  const url = `http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`;
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  const init: RequestInit & { duplex: "half" } = { method, headers, body, duplex: "half" };
  return new Request(url, init);
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
