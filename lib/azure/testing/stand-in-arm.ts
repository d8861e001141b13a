import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";
import { answerSignIn } from "./stand-in-sign-in";

/** A recorded exchange, as in shapes/. */
interface Exchange {
  request: { method: string; path: string; body?: unknown };
  response: Answer;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

export interface SeenRequest {
  method: string;
  /** Without query. */
  path: string;
  body: unknown;
}

/** Answers a request by itself; null leaves it to the recorded exchanges. */
export type Handler = (request: SeenRequest) => Answer | Promise<Answer> | null;

const SHAPES = fileURLToPath(new URL("shapes/", import.meta.url));
const ORIGIN = "https://management.azure.com";

/**
 * A server on the loopback that answers as Azure's management endpoint was recorded to, over https as the SDK demands. What
 * has a state of its own (parameters, migrations) is answered by handlers; errors are put in front of the next answers.
 */
export class StandInArm implements AsyncDisposable {
  readonly endpoint: string;
  readonly #server: Server;
  readonly ca: string;
  readonly seen: SeenRequest[] = [];
  readonly #exchanges: Exchange[];
  readonly #handlers: Handler[] = [];
  readonly #next: { matches: RegExp; answer: Answer }[] = [];

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
    this.endpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
    this.#exchanges = readdirSync(SHAPES)
      .filter((name) => name.endsWith(".json") && !name.startsWith("error-"))
      .map((name) => readExchange(name));
  }

  static async start(): Promise<StandInArm> {
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
    });
    const server = createServer({ key, cert });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const standIn = new StandInArm(server, cert);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      void standIn.#serve(request, response);
    });
    return standIn;
  }

  /** Asked before the recorded exchanges, the latest first. */
  handle(handler: Handler): void {
    this.#handlers.unshift(handler);
  }

  /** The next request whose "METHOD path" matches is answered with the recorded error of that name, once. */
  failNext(matches: RegExp, shape: string): void {
    this.#next.push({ matches, answer: readExchange(`${shape}.json`).response });
  }

  /** The recorded answer to a GET of this path; null when there is none. */
  recorded(path: string): Answer | null {
    const request = { method: "GET", path, body: null };
    const url = new URL(path, this.endpoint);
    return this.#exchanges.find((exchange) => isSame(exchange, request, url))?.response ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const url = new URL(request.url ?? "/", this.endpoint);
    const path = decodeURIComponent(url.pathname);
    const signIn = answerSignIn(path, text, this.endpoint);
    if (signIn) {
      response.writeHead(signIn.status, signIn.headers).end(JSON.stringify(signIn.body));
      return;
    }
    const seen = { method: request.method ?? "", path, body: text === "" ? null : JSON.parse(text) };
    this.seen.push(seen);
    const { status, headers, body } = await this.#answer(seen, url);
    const origin = (value: string) => value.replaceAll(ORIGIN, this.endpoint);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, origin(value));
    response.writeHead(status);
    response.end(body === undefined ? undefined : origin(JSON.stringify(body)));
  }

  #answer(request: SeenRequest, url: URL): Answer | Promise<Answer> {
    const line = `${request.method} ${request.path}`;
    const at = this.#next.findIndex(({ matches }) => matches.test(line));
    const [planned] = at === -1 ? [] : this.#next.splice(at, 1);
    if (planned) return planned.answer;
    for (const handler of this.#handlers) {
      const answer = handler(request);
      if (answer) return answer;
    }
    const recorded = this.#exchanges.find((exchange) => isSame(exchange, request, url));
    return recorded?.response ?? readExchange("error-404-resource-not-found.json").response;
  }
}

function readExchange(name: string): Exchange {
  return JSON.parse(readFileSync(`${SHAPES}${name}`, "utf8")) as Exchange;
}

/** Paths count without regard to case; of the query the page alone matters. */
function isSame({ request }: Exchange, seen: SeenRequest, url: URL): boolean {
  const recorded = new URL(request.path, ORIGIN);
  return (
    request.method === seen.method &&
    decodeURIComponent(recorded.pathname).toLowerCase() === seen.path.toLowerCase() &&
    (recorded.searchParams.get("$skiptoken") ?? "") === (url.searchParams.get("$skiptoken") ?? "")
  );
}
