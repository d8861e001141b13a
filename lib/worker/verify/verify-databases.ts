import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { DatabaseFilter } from "@/lib/engine/filter/database-filter";
import type { VerifyReport } from "@/lib/engine/verify/verify-events";
import type { DatabaseVerification } from "@/lib/engine/verify/verify-options";
import { howdahOptions } from "@/lib/migrations/contract";
import { type DatabaseSelection, targetNames } from "@/lib/migrations/filter";
import { toCodedError } from "@/lib/postgres/errors";
import type { VerificationEnd } from "@/lib/store/verifications/end-verification";
import type { LoadedVerification, VerificationRun } from "@/lib/store/verifications/verification-run";
import type { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import type { ServerEndpoints } from "../endpoints";
import type { Engine } from "../engine";
import { rankTables } from "./referenced-first";
import { VerificationReporter } from "./verification-reporter";
import type { VerificationWatch } from "./watch-verification";

export interface VerificationTask {
  run: VerificationRun;
  verification: LoadedVerification;
  endpoints: ServerEndpoints;
  engine: Pick<Engine, "verifyDatabase">;
  watch: VerificationWatch;
  log: Logger;
  signal: AbortSignal;
}

/** Pauses before a database is compared anew after a failure that may pass (connection lost, server restarting). */
const RETRY_PAUSES_MS = [2_000, 10_000];

/** Codes that concern one database only: the others are compared all the same. */
const OF_ONE_DATABASE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DATABASE_MISSING",
  "DATABASE_VANISHED",
  "PRIVILEGE_MISSING",
]);

/**
 * Compares every database of a verification, one after another, and says how it ended. Throws the signal's reason when aborted,
 * and what the store throws; what happens to a server is an ending.
 */
export async function verifyDatabases(task: VerificationTask): Promise<VerificationEnd> {
  const { verification, signal } = task;
  await using reporter = new VerificationReporter(task.run, () => task.watch.supersede());
  const outcomes: DatabaseVerification["outcome"][] = [];
  for (const pair of pairsOf(verification)) {
    signal.throwIfAborted();
    const result = await verifyPatiently(task, pair, reporter);
    if (typeof result !== "string") {
      await reporter.flush();
      return { state: "failed", error: { code: result.code, message: `${pair.name}: ${result.message}` } };
    }
    outcomes.push(result);
  }
  signal.throwIfAborted();
  await reporter.flush();
  if (outcomes.includes("different")) return { state: "different" };
  return { state: outcomes.includes("incomplete") || outcomes.length === 0 ? "incomplete" : "equal" };
}

interface DatabasePair {
  /** On the source. */
  name: string;
  targetName: string;
  filter: DatabaseFilter | undefined;
}

function pairsOf({ databases, migration }: LoadedVerification): DatabasePair[] {
  const { databases: selections = [] } = howdahOptions.parse(migration.options);
  const names = migration.databases.map(({ name }) => name);
  const targets = targetNames(names, selections);
  const wanted = databases.length === 0 ? names : databases;
  return wanted.map((name) => {
    const row = migration.databases.find((database) => database.name === name);
    return {
      name,
      targetName: row?.targetName ?? targets.get(name) ?? name,
      filter: filterOf(selections.find((selection) => selection.name === name)),
    };
  });
}

function filterOf(selection: DatabaseSelection | undefined): DatabaseFilter | undefined {
  if (!selection) return undefined;
  const { include, exclude } = selection;
  return { ...(include ? { include } : {}), ...(exclude ? { exclude } : {}) };
}

/** The outcome of one database, or the error that ends the whole verification. */
async function verifyPatiently(
  task: VerificationTask,
  pair: DatabasePair,
  reporter: VerificationReporter,
): Promise<DatabaseVerification["outcome"] | CodedError> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await verifyPair(task, pair, reporter);
    } catch (error) {
      task.signal.throwIfAborted();
      const coded = toCodedError(error, "INTERNAL", pair.name);
      const pause = coded.transient ? RETRY_PAUSES_MS[attempt] : undefined;
      if (pause === undefined) {
        if (!OF_ONE_DATABASE.has(coded.code)) return coded;
        reportUnchecked(
          reporter.reportOf(pair.name, () => 0),
          pair.name,
          coded,
        );
        return "incomplete";
      }
      task.log.warn({ err: coded, database: pair.name }, "database compared anew");
      await sleep(pause, undefined, { signal: task.signal });
    }
  }
}

async function verifyPair(
  { endpoints, engine, verification, watch, signal }: VerificationTask,
  { name, targetName, filter }: DatabasePair,
  reporter: VerificationReporter,
): Promise<DatabaseVerification["outcome"]> {
  const target = { ...endpoints.target, database: targetName };
  const { onlyTables } = verification;
  const verifyDatabase = engine.verifyDatabase ?? (await loadVerifyDatabase());
  const { outcome } = await verifyDatabase({
    source: { ...endpoints.source, database: name },
    target,
    ...(filter ? { filter } : {}),
    ...(onlyTables.length > 0 ? { onlyTables } : {}),
    limits: () => watch.limits(),
    report: reporter.reportOf(name, await rankTables(target, signal)),
    signal,
  });
  return outcome;
}

/** Loaded only when it is used: it brings a parser and a pg_dump in WASM. */
async function loadVerifyDatabase() {
  return (await import("@/lib/engine/verify/verify-database")).verifyDatabase;
}

/** A database that could not be looked at is shown as one thing that was not compared, with the reason. */
function reportUnchecked(report: VerifyReport, database: string, error: CodedError): void {
  report({
    type: "item-ended",
    result: {
      item: { kind: "schema", schema: "", name: database },
      state: "unchecked",
      sourceRows: null,
      targetRows: null,
      sourceChecksum: null,
      targetChecksum: null,
      differences: 0,
      differencesLimited: false,
      message: `${error.message} ${error.remedy} (${error.code})`,
      ms: 0,
    },
  });
}
