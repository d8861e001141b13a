import { ArmError } from "@/lib/arm/arm-error";
import { toArmError } from "@/lib/arm/map-error";
import { logger } from "@/lib/util/log";
import type { Call } from "./call";

const log = logger("web");

/** Errors of Prisma and of the network below it that mean "the store cannot be reached". */
const STORE_CODES = new Set([
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  // A transaction got no connection, or did not come to its end, in time: it was rolled back.
  "P2028",
  "ECONNREFUSED",
  "ECONNRESET",
  "57P03",
]);

/** The error to answer with. One that is not the caller's is logged and told without details. */
export function answerableError(error: unknown, call: Call): ArmError {
  const known = toArmError(error);
  if (known && known.status < 500) return known;
  log.error(
    { err: error, requestId: call.requestId, method: call.request.method, path: call.url.pathname },
    "request failed",
  );
  if (known) return known;
  if (isStoreUnreachable(error)) {
    return new ArmError(503, "StoreUnavailable", "Howdah's store cannot be reached. Nothing was changed.", {
      headers: { "retry-after": "5" },
    });
  }
  return new ArmError(
    500,
    "InternalServerError",
    `Howdah itself failed. The web process's log tells more under request id ${call.requestId}.`,
  );
}

function isStoreUnreachable(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code, errorCode } = current as { code?: unknown; errorCode?: unknown };
    if (STORE_CODES.has(String(code)) || STORE_CODES.has(String(errorCode))) return true;
    if (current.name === "PrismaClientInitializationError") return true;
  }
  return false;
}

/** A JSON answer with the headers every answer of the API has. `body` undefined: none. */
export function jsonResponse(
  call: Call,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  const clientId = call.request.headers.get("x-ms-client-request-id");
  const all = new Headers({
    "cache-control": "no-cache",
    "x-ms-request-id": call.requestId,
    "x-ms-correlation-request-id": call.correlationId,
    ...(clientId ? { "x-ms-client-request-id": clientId.slice(0, 100) } : {}),
    ...headers,
  });
  if (body === undefined) return new Response(null, { status, headers: all });
  all.set("content-type", "application/json; charset=utf-8");
  return new Response(JSON.stringify(body), { status, headers: all });
}
