import { ArmError } from "@/lib/arm/arm-error";
import { appendAuditEvent } from "@/lib/store/audit-events";
import { logger } from "@/lib/util/log";
import { type Actor, ANONYMOUS } from "./actor";
import { authenticate, demandRole, demandSameOrigin } from "./authenticate";
import { type Call, callOf, isMutating } from "./call";
import type { AuditFacts, Endpoint } from "./endpoint";
import { answerableError, jsonResponse } from "./error-response";

/** Next hands undefined to routes whose path names nothing. */
type RouteParams = Record<string, string | string[] | undefined> | undefined;
export type RouteHandler = (request: Request, context: { params: Promise<RouteParams> }) => Promise<Response>;

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof METHODS)[number];

const log = logger("web");

/** Handlers of a route: `endpoints` for the methods it has, 405 for the others, all of them behind authentication. */
export function serveMethods(endpoints: Partial<Record<Method, Endpoint>>): Record<Method, RouteHandler> {
  const allow = METHODS.filter((method) => endpoints[method]).join(", ");
  const handler = serve(({ request }) => {
    const method = METHODS.find((known) => known === request.method || isHeadOf(known, request.method));
    const found = method && endpoints[method];
    if (!found) throw methodNotAllowed(request.method, allow);
    return found;
  });
  return { GET: handler, POST: handler, PUT: handler, PATCH: handler, DELETE: handler, OPTIONS: handler };
}

/** 405, with the methods there are. */
export function methodNotAllowed(method: string, allow: string): ArmError {
  return new ArmError(
    405,
    "MethodNotAllowed",
    `The method ${method} is not supported here, only ${allow || "none"}.`,
    {
      headers: { allow },
    },
  );
}

/** A route handler that finds the operation, checks who asks and whether they may, runs it, audits it, and maps errors. */
export function serve(resolve: (call: Call) => Endpoint, { countCall }: ServeOptions = {}): RouteHandler {
  return async (request, context) => {
    const call = callOf(request, textParams(await context.params));
    const trail: Trail = { actor: ANONYMOUS, endpoint: null, facts: {}, headers: {} };
    let response: Response;
    let error: ArmError | null = null;
    try {
      response = await run(call, resolve, trail, countCall);
    } catch (thrown) {
      error = answerableError(thrown, call);
      response = jsonResponse(call, error.status, error.toBody(), error.options.headers);
    }
    for (const [name, value] of Object.entries(trail.headers)) response.headers.set(name, value);
    await audit(call, trail, error);
    return response;
  };
}

interface ServeOptions {
  /** Counts the calls of a known actor and returns headers for the answer. Throws ArmError 429. */
  countCall?: (call: Call, actor: Actor) => Record<string, string>;
}

/** What is known of a call by the time it ends, however it ends. */
interface Trail {
  actor: Actor;
  endpoint: Endpoint | null;
  facts: AuditFacts;
  /** Go with whatever answer there is. */
  headers: Record<string, string>;
}

async function run(
  call: Call,
  resolve: (call: Call) => Endpoint,
  trail: Trail,
  countCall: ServeOptions["countCall"],
): Promise<Response> {
  let refusal: unknown = null;
  try {
    if (call.url.pathname.includes("%00")) throw nullCharacter();
    trail.endpoint = resolve(call);
  } catch (error) {
    // Whether a path exists is told to those who are signed in only.
    refusal = error;
  }
  const access = trail.endpoint?.access ?? "viewer";
  if (access === "open") {
    // Browsers name the origin of every cross-site POST; programs that name none are not browsers.
    if (isMutating(call) && call.request.headers.has("origin")) demandSameOrigin(call);
  } else {
    trail.actor = await authenticate(call);
    trail.headers = countCall?.(call, trail.actor) ?? {};
  }
  if (!trail.endpoint) throw refusal;
  if (access !== "open") demandRole(trail.actor, access, trail.endpoint.action, call.url.pathname);
  return await trail.endpoint.answer(call, trail.actor, (facts) => {
    trail.facts = { ...trail.facts, ...facts };
  });
}

/** Strangers' attempts are not audited: anybody could fill the log with them. Open endpoints write their own entries. */
async function audit(call: Call, { actor, endpoint, facts }: Trail, error: ArmError | null): Promise<void> {
  if (!endpoint?.audited(call) || actor.via === "nothing") return;
  // A client that asks too often would write as many entries.
  if (error?.code === "SubscriptionRequestsThrottled") return;
  const verdict = error && error.status >= 500 ? "failed" : "refused";
  try {
    await appendAuditEvent({
      actor: actor.name,
      role: actor.role,
      action: endpoint.action,
      target: facts.subject ?? call.url.pathname,
      address: call.address,
      outcome: error ? `${verdict}: ${error.code}` : "succeeded",
      data: { ...facts.data, requestId: call.requestId },
    });
  } catch (failure) {
    log.error({ err: failure, requestId: call.requestId, action: endpoint.action }, "audit event was lost");
  }
}

function nullCharacter(): ArmError {
  return new ArmError(400, "InvalidRequestUri", "The path holds a null character.");
}

function isHeadOf(known: Method, method: string): boolean {
  return known === "GET" && method === "HEAD";
}

function textParams(params: RouteParams): Record<string, string> {
  const texts = Object.entries(params ?? {}).flatMap(([key, value]) =>
    typeof value === "string" ? [[key, value]] : [],
  );
  return Object.fromEntries(texts) as Record<string, string>;
}
