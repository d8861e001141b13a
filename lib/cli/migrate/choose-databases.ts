import { UsageError } from "@/lib/cli/usage-error";
import { SERVICE_DATABASES } from "@/lib/migrations/service-databases";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { runConnectionTest } from "@/lib/postgres/probes/run-connection-test";
import { CodedError } from "@/lib/util/coded-error";
import { ERROR_CODES, type ErrorCode } from "@/lib/util/error-codes";

export interface DatabaseChoice {
  all: boolean;
  named: readonly string[];
  /** Database of the source URI. */
  inUri: string | null;
}

/** The databases to migrate. Throws UsageError when none is named, CodedError when the source cannot be asked. */
export async function chooseDatabases(
  choice: DatabaseChoice,
  source: ConnectionSettings,
  signal: AbortSignal,
): Promise<string[]> {
  if (choice.all) return await listDatabases(source, signal);
  const named = choice.named.length > 0 ? choice.named : choice.inUri ? [choice.inUri] : [];
  if (named.length > 0) return [...new Set(named)];
  throw new UsageError("Name the databases: --databases a,b or --all, or one in the source URI.");
}

async function listDatabases(source: ConnectionSettings, signal: AbortSignal): Promise<string[]> {
  const report = await runConnectionTest({ settings: source, side: "source", signal });
  const failed = report.probes.find((probe) => probe.outcome === "failed");
  if (failed || !report.inventory) {
    const code: ErrorCode =
      failed?.code && failed.code in ERROR_CODES ? (failed.code as ErrorCode) : "INTERNAL";
    throw new CodedError(code, `The source cannot be read: ${failed?.cause ?? report.summary}`, {
      ...(failed?.remedy ? { remedy: failed.remedy } : {}),
    });
  }
  const names = report.inventory.databases
    .map((database) => database.name)
    .filter((name) => name !== "postgres" && !SERVICE_DATABASES.has(name));
  if (names.length === 0) throw new CodedError("NO_DATABASES", "The source has no database but postgres.");
  return names;
}
