import { openCommandStore } from "@/lib/cli/command-store";
import { currentUser } from "@/lib/cli/current-user";
import { EXIT, exitCodeOf } from "@/lib/cli/exit-codes";
import { type Interruption, watchSignals } from "@/lib/cli/interruption";
import type { Output } from "@/lib/cli/output";
import { UsageError } from "@/lib/cli/usage-error";
import type { MigrationCreateBody } from "@/lib/migrations/contract";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { createMigration } from "@/lib/store/create-migration";
import { findMigrationById, readProblems } from "@/lib/store/read-migrations";
import { startWorker } from "@/lib/worker/start-worker";
import { barReporter } from "./bar-reporter";
import { CLI_ACTOR_PREFIX, cancelInterrupted } from "./cancel-interrupted";
import { chooseDatabases } from "./choose-databases";
import { parseConnectionUri, type ServerAddress, settingsOf } from "./connection-uri";
import { readSelections } from "./database-selections";
import { describeValidation } from "./describe-validation";
import { findPassword, takePasswordVariables } from "./find-password";
import { type Followed, followMigration } from "./follow-migration";
import { jsonReporter } from "./json-reporter";
import { lineReporter } from "./line-reporter";
import type { MigrateOptions } from "./migrate-options";
import { migrationRequest, nameMigration } from "./migration-request";
import { viewOf } from "./migration-view";
import { previewSelections } from "./preview-selections";
import { registerTarget } from "./register-target";
import type { Reporter } from "./reporter";

const PROBLEMS_SHOWN = 50;

/**
 * `howdah migrate`: creates a migration in the store as the dashboard would, runs a worker in this process and shows it until it
 * has ended. Returns the exit code. Throws UsageError, and CodedError when it cannot even be created.
 */
export async function runMigrate(options: MigrateOptions, output: Output): Promise<number> {
  const variables = takePasswordVariables(process.env);
  const source = parseConnectionUri(options.source, "--source");
  const target = parseConnectionUri(options.target, "--target");
  const name = nameMigration(options.name, new Date());
  const sourcePassword = await findPassword("source", source, variables);
  const targetPassword = await findPassword("target", target, variables);
  using interruption = watchSignals();
  const databases = await chooseDatabases(
    { all: options.all === true, named: options.databases ?? [], inUri: source.database },
    settingsOf(source, sourcePassword),
    interruption.asked,
  );
  const selections = readSelections(options, databases);
  const body = migrationRequest({
    options,
    source,
    target,
    sourcePassword,
    targetPassword,
    databases,
    selections,
  });
  const preview = await previewSelections(selections, settingsOf(source, sourcePassword), interruption.asked);
  await using store = await openCommandStore();
  const prepared = { name, target, body, preview, databaseUrl: store.databaseUrl, options };
  return await migrate(prepared, interruption, output);
}

interface Prepared {
  name: string;
  target: ServerAddress;
  body: MigrationCreateBody;
  /** What the filters will do. */
  preview: string[];
  databaseUrl: string;
  options: MigrateOptions;
}

async function migrate(prepared: Prepared, interruption: Interruption, output: Output): Promise<number> {
  const actor = `${CLI_ACTOR_PREFIX}${currentUser()}`;
  await cancelInterrupted(actor, output);
  const server = await registerTarget(prepared.target);
  const startedAt = Date.now();
  const { id } = await createMigration({ server, name: prepared.name, body: prepared.body, actor });
  const created = await findMigrationById(id);
  if (!created) throw new UsageError("The migration was removed meanwhile.");
  const onTerminal = process.stderr.isTTY === true && prepared.options.json !== true;
  const reporter = chooseReporter(prepared.options, onTerminal, output);
  reporter.created(viewOf(created));
  for (const line of prepared.preview) reporter.note(line);
  const worker = await startWorker({ databaseUrl: prepared.databaseUrl });
  try {
    const followed = await followMigration({
      migrationId: id,
      actor,
      mayAsk: onTerminal && process.stdin.isTTY === true,
      cutoverWhenLagBelow: prepared.options.cutoverWhenLagBelow ?? null,
      reporter,
      interruption,
    });
    return await end(followed, reporter, Date.now() - startedAt);
  } finally {
    reporter.close();
    await worker.stop();
  }
}

async function end({ migration, refused }: Followed, reporter: Reporter, elapsedMs: number): Promise<number> {
  const view = viewOf(migration);
  const exitCode = refused ? EXIT.failed : isTerminal(view.state) ? exitCodeOf(view.state) : EXIT.canceled;
  const { total, problems } = await readProblems(migration.id, PROBLEMS_SHOWN);
  reporter.ended({
    view,
    problems: problems.map(({ database, severity, kind, object, code, message, remedy }) => ({
      database: database.name,
      severity,
      kind,
      object,
      code,
      message,
      remedy,
    })),
    problemsTotal: total,
    validation: describeValidation(migration.validation),
    elapsedMs,
    exitCode,
  });
  return exitCode;
}

function chooseReporter({ json }: MigrateOptions, onTerminal: boolean, output: Output): Reporter {
  if (json) return jsonReporter(output);
  return onTerminal ? barReporter(output) : lineReporter(output);
}
