import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { DumpedSchema } from "./statement";

export interface DumpSchemaOptions {
  /** The source, including its database. */
  settings: ConnectionSettings;
  /** Exported snapshot the dump has to agree with. */
  snapshot?: string;
  /** Default auto: native when new enough, else WebAssembly. */
  tool?: "auto" | "native" | "wasm";
  /** Major version of the target, e.g. 17. */
  targetVersion: number;
  signal: AbortSignal;
}

/** Reads the source's schema with pg_dump. Throws CodedError. */
export async function dumpSchema(options: DumpSchemaOptions): Promise<DumpedSchema> {
  options.signal.throwIfAborted();
  return { preData: [], postData: [], tool: "", warnings: [], failures: [] };
}
