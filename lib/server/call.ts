import { randomUUID } from "node:crypto";

/** One request, before anything is known of who sent it. */
export interface Call {
  request: Request;
  url: URL;
  /** Parts of the path that the route names. */
  params: Readonly<Record<string, string>>;
  requestId: string;
  correlationId: string;
  /** Where it came from, as the nearest proxy says. */
  address: string;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads what a request says about itself; a correlation id is taken over when it is a GUID. */
export function callOf(request: Request, params: Readonly<Record<string, string>> = {}): Call {
  const requestId = randomUUID();
  const correlation = request.headers.get("x-ms-correlation-request-id") ?? "";
  return {
    request,
    url: new URL(request.url),
    params,
    requestId,
    correlationId: GUID.test(correlation) ? correlation : requestId,
    address: request.headers.get("x-forwarded-for")?.slice(0, 200) ?? "unknown",
  };
}

/** True when the request is to change something. */
export function isMutating({ request }: Call): boolean {
  return request.method !== "GET" && request.method !== "HEAD";
}
