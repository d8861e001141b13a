import { ArmError } from "@/lib/arm/arm-error";

/** Certificates and a long list of databases fit many times over. */
export const BODY_LIMIT_BYTES = 1_048_576;

/**
 * The request's JSON body, at most 1 MB. Throws ArmError 413, 415 or 400; the latter tells where the JSON breaks off but
 * quotes nothing of it, because bodies hold passwords.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type");
  // Browsers send other types across origins without asking first; JSON they do not.
  if (!/^application\/([a-z0-9.-]+\+)?json\b/i.test(type ?? "")) {
    throw new ArmError(
      415,
      "UnsupportedMediaType",
      "The body must be JSON: send content-type application/json.",
    );
  }
  const text = await readText(request);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const { line, column } = positionOf(text, offsetOfJsonError(text, error));
    throw new ArmError(
      400,
      "InvalidRequestContent",
      text.trim() === ""
        ? "The request content was invalid and could not be deserialized: 'The body is empty.'."
        : `The request content was invalid and could not be deserialized: 'Not valid JSON from line ${line}, position ${column} on.'.`,
    );
  }
}

/** A longer body is read to its end up to this size, so that the client gets to see the answer and keeps its connection. */
const DRAIN_LIMIT_BYTES = 16 * BODY_LIMIT_BYTES;

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > DRAIN_LIMIT_BYTES) throw tooLarge({ connection: "close" });
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  if (size > BODY_LIMIT_BYTES) throw tooLarge();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ArmError(400, "InvalidRequestContent", "The request content is not valid UTF-8.", { cause });
  }
}

function tooLarge(headers: Record<string, string> = {}): ArmError {
  return new ArmError(
    413,
    "RequestContentTooLarge",
    "The request content size exceeds the maximum size of 1 MB.",
    { headers },
  );
}

/**
 * Offset of the first character that cannot be JSON. V8 tells it for most errors; for an unexpected token it quotes the
 * text instead, and then the longest prefix without that error ends before it.
 */
export function offsetOfJsonError(text: string, error: unknown): number {
  const told = /at position (\d+)/.exec(messageOf(error))?.[1];
  if (told !== undefined) return Number(told);
  let sound = 0;
  let broken = text.length + 1;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    if (hasUnexpectedToken(text.slice(0, middle))) broken = middle;
    else sound = middle;
  }
  return sound;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return messageOf(error).startsWith("Unexpected token");
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
