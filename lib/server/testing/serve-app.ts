import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { NextRequest } from "next/server";
import { proxy } from "@/proxy";
import { type AppFile, loadRoute, matchPath, routeFiles } from "./app-routes";
import { type AnswerCheck, answerCheck } from "./described-answers";

export interface ServedApp extends AsyncDisposable {
  /** "http://127.0.0.1:40123" */
  baseUrl: string;
}

/**
 * Serves the proxy and the route handlers over HTTP without a build, as `next start` would; pages are answered "page". Every
 * answer of a route handler is held against the description of the API: one that differs becomes a 500, and disposing throws.
 */
export async function serveApp(): Promise<ServedApp> {
  const routes = routeFiles();
  const check = answerCheck();
  const problems: string[] = [];
  const server = createServer((request, response) => {
    void answer(routes, request, check)
      .then(async ({ answered, problem }) => {
        if (problem === null) return await send(answered, response);
        problems.push(problem);
        response.writeHead(500).end(problem);
      })
      .catch((error: unknown) => response.writeHead(500).end(`unhandled: ${String(error)}`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (problems.length > 0) throw new Error(`not as described:\n${problems.join("\n")}`);
    },
  };
}

interface Checked {
  answered: Response;
  /** How the answer differs from the description of the API. */
  problem: string | null;
}

async function answer(
  routes: readonly AppFile[],
  incoming: IncomingMessage,
  check: AnswerCheck,
): Promise<Checked> {
  const request = requestOf(incoming);
  const before = await proxy(
    new NextRequest(request.url, { headers: request.headers, method: request.method }),
  );
  const rewritten = before.headers.get("x-middleware-rewrite");
  if (!rewritten && before.headers.get("x-middleware-next") !== "1") {
    return { answered: before, problem: null };
  }
  const { pathname } = new URL(rewritten ?? request.url);
  for (const route of routes) {
    const params = matchPath(route.path, pathname);
    if (!params) continue;
    const handler = (await loadRoute(route))[request.method];
    if (!handler) return { answered: new Response(null, { status: 405 }), problem: null };
    const named = Object.keys(params).length > 0 ? params : undefined;
    const response = await handler(request, { params: Promise.resolve(named) });
    for (const [name, value] of before.headers) {
      if (!name.startsWith("x-middleware-")) response.headers.set(name, value);
    }
    const problem = isStream(response)
      ? null
      : await check.problemOf(request.method, pathname, response.clone());
    return {
      answered: response,
      problem: problem && `${request.method} ${pathname} (${response.status}): ${problem}`,
    };
  }
  return { answered: new Response("page", { headers: before.headers }), problem: null };
}

/** Downloads are read by the test itself: whether they are cut off or canceled must stay visible to it. */
function isStream(response: Response): boolean {
  return response.headers.has("content-disposition");
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
