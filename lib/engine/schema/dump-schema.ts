import { dirname } from "node:path";
import type { ObjectFailure, TableName } from "@/lib/engine/events";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { toCodedError } from "@/lib/postgres/errors";
import { displayName } from "@/lib/postgres/sql";
import { describeCode } from "@/lib/util/error-codes";
import { WITHOUT_UNWANTED } from "../session-settings";
import { choosePgDump, findPgDumps, type NativePgDump } from "./find-pg-dump";
import { inspectSource, type SourceFacts } from "./inspect-source";
import { type NativeDumpResult, nativeDump } from "./native-dump";
import { fitsPasswordFile } from "./native-environment";
import { type ReadDump, readDump } from "./read-dump";
import { splitSections } from "./split-sections";
import type { DumpedSchema, SchemaStatement } from "./statement";
import { noToolError } from "./tool-errors";
import { WASM_PG_DUMP_MAJOR, wasmDump } from "./wasm-dump";

export interface DumpSchemaOptions {
  /** The source, including its database. */
  settings: ConnectionSettings;
  /** Exported snapshot the dump has to agree with. */
  snapshot?: string;
  /** Default auto: native when new enough, else WebAssembly. */
  tool?: "auto" | "native" | "wasm";
  /** Major version of the target, e.g. 17. */
  targetVersion: number;
  /** By their text: statements of another dump, which take the place of equal ones in this one. */
  known?: ReadonlyMap<string, SchemaStatement>;
  signal: AbortSignal;
}

/**
 * Reads the source's schema with pg_dump, as of one snapshot, and cuts it into classified statements. Tables the
 * login may not read are left out and reported in `failures`.
 * Throws CodedError (SCHEMA_TOOL_MISSING, VERSION_TOO_NEW, SCHEMA_DUMP_FAILED,
 * PRIVILEGE_MISSING, STATEMENT_TIMED_OUT, connection errors), and the signal's reason when aborted.
 */
export async function dumpSchema(options: DumpSchemaOptions): Promise<DumpedSchema> {
  const { settings, signal } = options;
  const client = await connectWithEmptyPath(settings, { applicationName: "howdah schema", signal });
  const end = () => void endClient(client);
  signal.addEventListener("abort", end, { once: true });
  try {
    await client.query(WITHOUT_UNWANTED);
    const [facts, programs] = await Promise.all([inspectSource(client), findPrograms(options)]);
    const program = chooseProgram(options, programs, facts);
    const { dump, warnings } = await takeDump(options, facts, program);
    return {
      ...splitSections(dump.statements),
      tool: describeTool(program, dump.version),
      warnings: [...new Set([...warnings, ...lossesOf(facts)])],
      failures: facts.unreadable.map(describeUnreadable),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw toCodedError(error, "SCHEMA_DUMP_FAILED");
  } finally {
    signal.removeEventListener("abort", end);
    await endClient(client);
  }
}

/** Native programs that may be used; none when only the WebAssembly one may. */
async function findPrograms({ tool, settings, signal }: DumpSchemaOptions): Promise<NativePgDump[]> {
  if (tool === "wasm" || !fitsPasswordFile(settings.password)) return [];
  return await findPgDumps(process.env, signal);
}

/** The native program to use, or null for the WebAssembly one. */
function chooseProgram(
  { tool = "auto" }: DumpSchemaOptions,
  programs: readonly NativePgDump[],
  facts: SourceFacts,
): NativePgDump | null {
  const found = choosePgDump(programs, facts.major);
  if (found) return found;
  if (tool === "native" || facts.major > WASM_PG_DUMP_MAJOR) throw noToolError(facts.major, tool);
  return null;
}

async function takeDump(
  options: DumpSchemaOptions,
  facts: SourceFacts,
  program: NativePgDump | null,
): Promise<NativeDumpResult<ReadDump>> {
  const { settings, signal, targetVersion, known, snapshot = null } = options;
  const request = { snapshot, excludedTables: facts.unreadable };
  const read = (pieces: AsyncIterable<Uint8Array>) =>
    readDump(pieces, { facts, targetVersion, known, signal });
  if (!program) return { dump: await wasmDump(settings, request, read, signal), warnings: [] };
  return nativeDump(program, settings, { ...request, startSettings: facts.startSettings }, read, signal);
}

function describeTool(program: NativePgDump | null, version: string | null): string {
  if (program) return `pg_dump ${program.version} (${dirname(program.path)})`;
  return `pg_dump ${version ?? WASM_PG_DUMP_MAJOR} (WebAssembly)`;
}

function lossesOf(facts: SourceFacts): string[] {
  const warnings: string[] = [];
  if (facts.subscriptions.length > 0)
    warnings.push(`Subscriptions are not moved, create them again: ${facts.subscriptions.join(", ")}.`);
  if (facts.tablespaces.length > 0)
    warnings.push(
      `Objects go to the target's default tablespace instead of: ${facts.tablespaces.join(", ")}.`,
    );
  return warnings;
}

function describeUnreadable(table: TableName): ObjectFailure {
  const object = displayName(table.schema, table.name);
  return {
    severity: "error",
    kind: "table",
    object,
    code: "TABLE_UNREADABLE",
    sqlState: "42501",
    message: `permission denied for table ${object}; the table was left out`,
    remedy: describeCode("TABLE_UNREADABLE").remedy,
    statement: null,
  };
}
