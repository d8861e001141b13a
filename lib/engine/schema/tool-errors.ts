import { CodedError } from "@/lib/util/coded-error";
import { WASM_PG_DUMP_MAJOR } from "./wasm-dump";

/** VERSION_TOO_NEW when the built-in pg_dump is the limit, SCHEMA_TOOL_MISSING when an installed one was demanded. */
export function noToolError(serverMajor: number, tool: "auto" | "native" | "wasm"): CodedError {
  if (serverMajor > WASM_PG_DUMP_MAJOR) {
    return new CodedError(
      "VERSION_TOO_NEW",
      `The source is PostgreSQL ${serverMajor}; the built-in pg_dump reads servers up to ${WASM_PG_DUMP_MAJOR}, and no pg_dump ${serverMajor} was found.`,
    );
  }
  const found = tool === "native" ? "No installed pg_dump" : "No pg_dump";
  return new CodedError(
    "SCHEMA_TOOL_MISSING",
    `${found} of version ${serverMajor} or newer was found in HOWDAH_PG_BIN, PATH or the usual folders.`,
  );
}
