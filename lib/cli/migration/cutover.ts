import { openCommandStore } from "@/lib/cli/command-store";
import { currentUser } from "@/lib/cli/current-user";
import { demandConsent } from "@/lib/cli/demand-consent";
import { EXIT } from "@/lib/cli/exit-codes";
import { CLI_ACTOR_PREFIX } from "@/lib/cli/migrate/cancel-interrupted";
import type { Output } from "@/lib/cli/output";
import { flattenResource } from "@/lib/cli/print/flatten-resource";
import { printResult } from "@/lib/cli/print/result-format";
import { readRunning } from "@/lib/cli/start/running-file";
import { UsageError } from "@/lib/cli/usage-error";
import { dataDirectory } from "@/lib/embedded/data-directory";
import { joinNames } from "@/lib/migrations/format-quantity";
import { requestCutover, requestRehearsal } from "@/lib/store/online/database-wishes";
import { listMigrations } from "@/lib/store/read-migrations";
import { CodedError } from "@/lib/util/coded-error";
import { chosenProfile, connectServer } from "./connect-server";
import { chooseMigration, findMigration } from "./find-migration";
import { RequestRefused } from "./howdah-client";
import type { MigrationCommandOptions } from "./run-migration";

export interface CutoverOptions extends MigrationCommandOptions {
  /** Names on the source; all that are left when absent. */
  databases?: string[];
  rehearse?: true;
  yes?: true;
}

/**
 * `howdah migration cutover`: over the API of a running Howdah or, when none runs on this machine, in the store that a
 * `howdah migrate` in another terminal works with. Throws UsageError without consent.
 */
export async function cutOverMigration(
  name: string,
  options: CutoverOptions,
  output: Output,
): Promise<number> {
  try {
    const hasServer =
      options.url !== undefined || chosenProfile(options) || readRunning(dataDirectory()) !== null;
    return hasServer ? await askServer(name, options, output) : await askStore(name, options, output);
  } catch (error) {
    if (error instanceof RequestRefused) {
      output.say(`${error.message} [${error.code}]`);
      return error.exitCode;
    }
    if (error instanceof CodedError && error.code === "ACTION_NOT_ALLOWED") {
      output.say(`${error.message} [${error.code}]`);
      return EXIT.failed;
    }
    throw error;
  }
}

async function askServer(name: string, options: CutoverOptions, output: Output): Promise<number> {
  await using server = await connectServer(options);
  const { migration } = await findMigration(server.client, name, options.server);
  await demandConsent(questionOf(migration, options), consentOf(options));
  const named = options.databases === undefined ? {} : { dbsToTriggerCutoverOn: options.databases };
  await server.client.wish(
    migration.resourceId,
    options.rehearse ? { howdah: { rehearseCutover: true }, ...named } : { triggerCutover: "True", ...named },
  );
  const raw = flattenResource(await server.client.arm("GET", migration.resourceId));
  tell(migration, options, output, raw);
  return EXIT.succeeded;
}

/** The worker of the other terminal sees the wish as it sees those of the dashboard. */
async function askStore(name: string, options: CutoverOptions, output: Output): Promise<number> {
  await using _store = await openCommandStore();
  const rows = (await listMigrations()).map((migration) => ({
    ...migration,
    targetName: migration.server.name,
  }));
  const migration = chooseMigration(rows, name, options.server);
  if (migration.mode !== "Online")
    throw new UsageError(
      `${migration.name} is an offline migration, which completes by itself: it has no cutover. It is ${migration.state}/${migration.substate}.`,
    );
  await demandConsent(questionOf(migration, options), consentOf(options));
  const wish = {
    migrationId: migration.id,
    actor: `${CLI_ACTOR_PREFIX}${currentUser()}`,
    databases: options.databases,
  };
  await (options.rehearse ? requestRehearsal(wish) : requestCutover(wish));
  tell(migration, options, output, { id: migration.id, name: migration.name });
  return EXIT.succeeded;
}

function questionOf(migration: { name: string }, { databases, rehearse }: CutoverOptions): string {
  const which = databases === undefined ? "" : ` of ${joinNames(databases)}`;
  if (rehearse) return `Rehearse the cutover${which} of ${migration.name}?`;
  return `Cut over${which === "" ? "" : which.replace(" of", "")} of ${migration.name}? Writes to the source must have stopped: later ones are not on the target.`;
}

/** A rehearsal changes nothing, so nobody is asked. */
function consentOf({ yes, rehearse }: CutoverOptions): { yes?: true } {
  return yes || rehearse ? { yes: true } : {};
}

function tell(
  migration: { name: string },
  { databases, rehearse, ...options }: CutoverOptions,
  output: Output,
  raw: unknown,
): void {
  const what = databases === undefined ? migration.name : `${joinNames(databases)} of ${migration.name}`;
  printResult(raw, options, output, () => [
    rehearse ? `The cutover of ${what} is rehearsed.` : `${what} is being cut over.`,
  ]);
}
