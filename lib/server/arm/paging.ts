import { z } from "zod";
import { ArmError } from "@/lib/arm/arm-error";
import type { Call } from "../call";
import { cameByHttps } from "../session-cookie";

/** Query parameters of every list: how many at most, and where the page before ended. */
export const PAGE_QUERY = {
  $top: z.coerce.number().int().min(1).max(1000).optional(),
  $skipToken: z.string().max(1000).optional(),
};

const PAGE_SIZE = 100;

interface PageRequest<Position> {
  call: Pick<Call, "request" | "url">;
  query: { $top?: number | undefined; $skipToken?: string | undefined };
  /** Form of the place where a page ends. */
  position: z.ZodType<Position>;
}

/**
 * One page of a list. `read` is asked for one entry more than fits, after the place where the page before ended; a place is
 * told by what the list is sorted by, so what is added or removed meanwhile neither repeats nor hides another entry.
 * Throws ArmError 400 for a token of another list.
 */
export async function pageOf<Row, Position>(
  { call, query, position }: PageRequest<Position>,
  read: (after: Position | null, limit: number) => Promise<Row[]>,
  placeOf: (row: Row) => Position,
): Promise<{ rows: Row[]; nextLink?: string }> {
  const limit = query.$top ?? PAGE_SIZE;
  const after = query.$skipToken === undefined ? null : readToken(query.$skipToken, position);
  const found = await read(after, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  if (found.length <= limit || last === undefined) return { rows };
  return { rows, nextLink: nextLink(call, placeOf(last)) };
}

/** Absolute, as clients of Resource Manager expect; the host was checked when the call came in. */
export function originOf({ request, url }: Pick<Call, "request" | "url">): string {
  const scheme = cameByHttps(url, request.headers) ? "https" : "http";
  return `${scheme}://${request.headers.get("host") ?? url.host}`;
}

function nextLink(call: Pick<Call, "request" | "url">, place: unknown): string {
  const token = Buffer.from(JSON.stringify(place)).toString("base64url");
  const query = new URLSearchParams(
    [...call.url.searchParams].filter(([name]) => name.toLowerCase() !== "$skiptoken"),
  );
  query.set("$skipToken", token);
  return `${originOf(call)}${call.url.pathname}?${query}`;
}

function readToken<Position>(token: string, position: z.ZodType<Position>): Position {
  try {
    return position.parse(JSON.parse(Buffer.from(token, "base64url").toString("utf8")));
  } catch (cause) {
    throw new ArmError(
      400,
      "InvalidParameterValue",
      "$skipToken is not one that this list gave. Follow the nextLink of the page before as it is.",
      { target: "$skipToken", cause },
    );
  }
}
