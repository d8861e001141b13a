import { writeFileSync } from "node:fs";
import { EXIT } from "@/lib/cli/exit-codes";
import { type Interruption, watchSignals } from "@/lib/cli/interruption";
import { chooseDatabases } from "@/lib/cli/migrate/choose-databases";
import { parseConnectionUri, type ServerAddress, settingsOf } from "@/lib/cli/migrate/connection-uri";
import { findPassword, takePasswordVariables } from "@/lib/cli/migrate/find-password";
import type { Output } from "@/lib/cli/output";
import { UsageError } from "@/lib/cli/usage-error";
import { verifyDatabase } from "@/lib/engine/verify/verify-database";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { CollectedDatabase } from "./collected-database";
import { describeDatabase } from "./describe-database";
import { repairScript } from "./repair-script";
import type { VerifyOptions } from "./verify-options";
import { chooseProgress, type VerifyProgress } from "./verify-progress";

interface Sides {
  source: ConnectionSettings;
  target: ConnectionSettings;
}

/** `howdah verify`: compares the databases here, without a store, and prints what differs. Returns the exit code. Throws UsageError and CodedError. */
export async function runVerify(options: VerifyOptions, output: Output): Promise<number> {
  const variables = takePasswordVariables(process.env);
  const source = parseConnectionUri(options.source, "--source");
  const target = parseConnectionUri(options.target, "--target");
  const sides: Sides = {
    source: settingsOf(source, await findPassword("source", source, variables)),
    target: settingsOf(target, await findPassword("target", target, variables)),
  };
  using interruption = watchSignals();
  const databases = await chooseDatabases(
    { all: false, named: options.database ?? [], inUri: source.database },
    sides.source,
    interruption.asked,
  );
  for (const file of [options.repairFile, options.report]) if (file !== undefined) tryFile(file);
  const startedAt = new Date();
  const found: CollectedDatabase[] = [];
  const progress = chooseProgress(options.json === true, output);
  try {
    for (const name of databases) {
      const targetName = databases.length === 1 ? (target.database ?? name) : name;
      found.push(await verifyOne(options, sides, { name, targetName }, progress, interruption));
    }
  } catch (error) {
    progress.close();
    if (!interruption.asked.aborted) throw error;
    output.say("Canceled. Nothing was written to either server; no session is left on them.");
    return EXIT.canceled;
  }
  progress.close();
  const exitCode = exitCodeOf(found);
  if (options.json) printJson(found, exitCode, output);
  else for (const one of found) for (const line of describeDatabase(one)) output.out(line);
  writeFiles(options, { source, target, startedAt, exitCode }, found, output);
  return exitCode;
}

async function verifyOne(
  options: VerifyOptions,
  sides: Sides,
  { name, targetName }: { name: string; targetName: string },
  progress: VerifyProgress,
  { asked }: Interruption,
): Promise<CollectedDatabase> {
  const collected = new CollectedDatabase(name, targetName);
  progress.begin(name);
  const bytesPerSecond =
    options.maxMegabytesPerSecond === undefined ? null : options.maxMegabytesPerSecond * 1e6;
  const verification = await verifyDatabase({
    source: { ...sides.source, database: name },
    target: { ...sides.target, database: targetName },
    ...(options.table ? { onlyTables: options.table } : {}),
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    maxDifferences: options.maxDifferences,
    limits: () => ({ bytesPerSecond, connections: null }),
    report: (event) => {
      collected.apply(event);
      progress.event(name, event);
    },
    signal: asked,
  });
  collected.end(verification);
  return collected;
}

/** The worst outcome counts. */
function exitCodeOf(found: readonly CollectedDatabase[]): number {
  const outcomes = found.map(({ outcome }) => outcome);
  if (outcomes.includes("different")) return EXIT.different;
  return outcomes.every((outcome) => outcome === "equal") ? EXIT.succeeded : EXIT.incomplete;
}

function printJson(found: readonly CollectedDatabase[], exitCode: number, { out }: Output): void {
  const databases = found.map(({ name, targetName, outcome, items, different, unchecked }) => ({
    name,
    targetName,
    outcome,
    items,
    different,
    unchecked,
  }));
  out(JSON.stringify({ type: "ended", at: new Date().toISOString(), databases, exitCode }));
}

/** Hours of comparing must not end with a folder that does not exist. */
function tryFile(file: string): void {
  try {
    writeFileSync(file, "", { flag: "a", mode: 0o600 });
  } catch (error) {
    throw new UsageError(
      `The file ${file} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

interface Run {
  source: ServerAddress;
  target: ServerAddress;
  startedAt: Date;
  exitCode: number;
}

function writeFiles(
  { repairFile, report }: VerifyOptions,
  { source, target, startedAt, exitCode }: Run,
  found: readonly CollectedDatabase[],
  { say }: Output,
): void {
  if (repairFile !== undefined) {
    const { text, statements, without } = repairScript(found);
    writeFileSync(repairFile, text);
    const rest = without === 0 ? "" : `; for ${without} differences none can be given`;
    say(`${repairFile}: ${statements} statements${rest}.`);
  }
  if (report !== undefined) {
    const address = ({ host, port, user }: ServerAddress) => ({ host, port, user });
    const body = {
      source: address(source),
      target: address(target),
      startedAt: startedAt.toISOString(),
      endedAt: new Date().toISOString(),
      exitCode,
      databases: found.map((one) => one.toJSON()),
    };
    writeFileSync(report, `${JSON.stringify(body, null, 2)}\n`);
    say(`${report}: the whole report.`);
  }
}
