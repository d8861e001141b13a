import { CodedError } from "@/lib/util/coded-error";

/**
 * The text of a dump that comes in pieces, piece by piece. Only a SQL_ASCII database can hold bytes that are not UTF-8; changing
 * them in silence would be worse than failing: throws CodedError SCHEMA_DUMP_FAILED.
 */
export async function* decodeDump(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for await (const piece of pieces) yield decode(decoder, piece);
  yield decode(decoder);
}

function decode(decoder: TextDecoder, piece?: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch (cause) {
    throw notUtf8(cause);
  }
}

/** `said`: what the server or pg_dump says of it. */
export function notUtf8(cause: unknown, said = ""): CodedError {
  const message =
    "The source is in encoding SQL_ASCII and names, comments or function bodies of its schema are not valid UTF-8.";
  return new CodedError("SCHEMA_DUMP_FAILED", said === "" ? message : `${message} ${said}`, {
    cause,
    remedy: "Rename or rewrite those objects on the source in UTF-8, then start again.",
  });
}
