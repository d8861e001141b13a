import { CodedError } from "@/lib/util/coded-error";

/**
 * The text of a dump that came in pieces, which are taken out of the list as they are read, so that bytes and text are not
 * both held. Only a SQL_ASCII database can hold bytes that are not UTF-8; changing them in silence would be worse than failing:
 * throws CodedError SCHEMA_DUMP_FAILED.
 */
export function decodeDump(pieces: Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  try {
    // Turned round once, because taking the last one is cheap.
    pieces.reverse();
    for (let piece = pieces.pop(); piece; piece = pieces.pop())
      text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
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
