import { z } from "zod";
import type { Role } from "@/lib/migrations/access";
import type { Actor } from "./actor";
import { type Call, isMutating } from "./call";
import { jsonResponse } from "./error-response";
import { type ReadOnlyPaths, withKnownKeys } from "./known-keys";
import { etagOf, etagOfBody, sparedAnswer } from "./preconditions";
import { readJsonBody } from "./read-body";
import { demandStorable } from "./storable-text";

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
  /** What it does, in a few words, for the description of the API. */
  summary?: string;
  query?: Query;
  body?: Body;
  /** Fields of the body that only answers set; requests may send them back and they are left out. */
  readOnly?: ReadOnlyPaths;
  output?: Out;
  /** How it answers when all is well; [200] unless given. */
  statuses?: readonly number[];
  /** A text that changes with the answer; an unchanged one is answered 304 without asking the handler. */
  version?: (call: Call) => Promise<string>;
  handle(given: Given<z.output<Query>, z.output<Body>>): Promise<Reply<z.input<Out>>>;
}

/** What the description of the API tells of an operation. */
export interface EndpointFacts {
  summary?: string;
  query?: z.ZodType;
  body?: z.ZodType;
  output?: z.ZodType;
  /** How it answers when all is well. */
  statuses: readonly number[];
  /** What it sends instead of JSON, by content type. */
  files?: readonly string[];
}

/** An operation of the API. `answer` throws what errors it throws; `serve` makes answers of them. */
export interface Endpoint {
  action: string;
  access: "open" | Role;
  facts: EndpointFacts;
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
    facts: { statuses: [200], ...factsOf(options) },
    audited: isMutating,
    async answer(call, actor, note) {
      const version = options.version ? etagOf(await options.version(call)) : null;
      const spared = version && sparedAnswer(call, version);
      if (spared) return spared;
      const given = {
        ...call,
        actor,
        note,
        query: options.query?.parse(queryOf(call.url, options.query)) as z.output<Query>,
        body: (await bodyOf(call.request, options)) as z.output<Body>,
      };
      demandStorable(given.query);
      demandStorable(given.body);
      const reply = await options.handle(given);
      const status = reply.status ?? 200;
      const body = reply.body === undefined ? undefined : options.output?.parse(reply.body);
      const readable = !isMutating(call) && status === 200 && body !== undefined;
      const etag = reply.headers?.["etag"] ?? version ?? (readable ? etagOfBody(body) : null);
      if (etag && readable) {
        const same = sparedAnswer(call, etag);
        if (same) return same;
      }
      return jsonResponse(call, status, body, { ...(etag ? { etag } : {}), ...reply.headers });
    },
  };
}

function factsOf({ summary, query, body, output, statuses }: FactOptions): Partial<EndpointFacts> {
  return {
    ...(summary ? { summary } : {}),
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
    ...(output ? { output } : {}),
    ...(statuses ? { statuses } : {}),
  };
}

type FactOptions = Pick<
  EndpointOptions<z.ZodType, z.ZodType, z.ZodType>,
  "summary" | "query" | "body" | "output" | "statuses"
>;

async function bodyOf(
  request: Request,
  { body, readOnly }: { body?: z.ZodType; readOnly?: ReadOnlyPaths },
): Promise<unknown> {
  return body?.parse(withKnownKeys(body, await readJsonBody(request), readOnly));
}

/**
 * Query parameters, whose names are compared without regard to case; of a repeated one the last counts. An empty one counts
 * as absent.
 */
function queryOf(url: URL, schema: z.ZodType): Record<string, string> {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const spelling = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    [...url.searchParams]
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]),
  );
}
