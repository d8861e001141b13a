import type { z } from "zod";
import type { Role } from "@/lib/migrations/access";
import type { Actor } from "./actor";
import { type Call, isMutating } from "./call";
import { jsonResponse } from "./error-response";
import { readJsonBody } from "./read-body";

/** What a handler is given: the call, who sent it, and query and body as their schemas made them. */
export interface Given<Query, Body> extends Call {
  actor: Actor;
  query: Query;
  body: Body;
  /** Says for the audit log what is acted upon (else the path), and what came of it. */
  note: (facts: AuditFacts) => void;
}

export interface AuditFacts {
  subject?: string;
  data?: Record<string, string | number | boolean>;
}

export interface Reply<Out> {
  /** 200 unless given. */
  status?: number;
  body?: Out;
  headers?: Record<string, string>;
}

interface EndpointOptions<Query extends z.ZodType, Body extends z.ZodType, Out extends z.ZodType> {
  /** Named like an operation of Azure's RBAC; part of audit events and refusals. */
  action: string;
  /** The least role that may call it, or "open" for anybody. */
  access: "open" | Role;
  query?: Query;
  body?: Body;
  output?: Out;
  /** A text that changes with the answer; an unchanged one is answered 304 without asking the handler. */
  version?: (call: Call) => Promise<string>;
  handle(given: Given<z.output<Query>, z.output<Body>>): Promise<Reply<z.input<Out>>>;
}

/** An operation of the API. `answer` throws what errors it throws; `serve` makes answers of them. */
export interface Endpoint {
  action: string;
  access: "open" | Role;
  audited(call: Call): boolean;
  answer(call: Call, actor: Actor, note: (facts: AuditFacts) => void): Promise<Response>;
}

/** Defines an operation: schemas for what comes in and what goes out, who may call it, and what it does. */
export function endpoint<
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Out extends z.ZodType = z.ZodUndefined,
>(options: EndpointOptions<Query, Body, Out>): Endpoint {
  return {
    action: options.action,
    access: options.access,
    audited: isMutating,
    async answer(call, actor, note) {
      const etag = options.version ? `"${await options.version(call)}"` : null;
      const headers = etag ? { etag } : {};
      if (etag && matches(call.request.headers.get("if-none-match"), etag)) {
        return jsonResponse(call, 304, undefined, headers);
      }
      const given = {
        ...call,
        actor,
        note,
        query: options.query?.parse(queryOf(call.url)) as z.output<Query>,
        body: (options.body
          ? options.body.parse(await readJsonBody(call.request))
          : undefined) as z.output<Body>,
      };
      const reply = await options.handle(given);
      const body = reply.body === undefined ? undefined : options.output?.parse(reply.body);
      return jsonResponse(call, reply.status ?? 200, body, { ...headers, ...reply.headers });
    },
  };
}

/** Query parameters by name; of a repeated one the last counts. An empty one counts as absent. */
function queryOf(url: URL): Record<string, string> {
  return Object.fromEntries([...url.searchParams].filter(([, value]) => value !== ""));
}

function matches(header: string | null, etag: string): boolean {
  return (header ?? "")
    .split(",")
    .map((candidate) => candidate.trim().replace(/^W\//, ""))
    .includes(etag);
}
