import { failureOf, RequestFailed } from "./request-failed";
import { clockOffsetMs, setClockOffset } from "./server-clock";

/** Reads one address again and again; an unchanged answer costs the server no body. */
export type Reader<T> = (signal: AbortSignal) => Promise<T>;

/** A poll that takes longer counts as failed, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * A reader of `url` that sends the last ETag and hands out the last body on 304. Throws RequestFailed; status 0 means
 * that no answer came in 10 s.
 */
export function conditionalReader<T>(url: string, fetcher: typeof fetch = fetch): Reader<T> {
  let last: { etag: string; body: T } | null = null;
  return async (signal) => {
    const headers: HeadersInit = last ? { accept: "application/json", "if-none-match": last.etag } : {};
    const sentAt = Date.now();
    const response = await send(fetcher, url, headers, signal);
    setClockOffset(clockOffsetMs(response.headers.get("date"), sentAt, Date.now()));
    if (response.status === 304 && last) return last.body;
    if (!response.ok) throw await failureOf(response);
    const body = (await response.json()) as T;
    const etag = response.headers.get("etag");
    last = etag ? { etag, body } : null;
    return body;
  };
}

async function send(
  fetcher: typeof fetch,
  url: string,
  headers: HeadersInit,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetcher(url, {
      headers,
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailed(0, "NO_ANSWER", "Howdah does not answer.", { cause: error });
  }
}
