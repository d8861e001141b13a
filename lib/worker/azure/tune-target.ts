/**
 * "Tune the target while it migrates": parameters of a flexible server are set before the copy and put back however the migration
 * ends. The former values are stored before the first change, so that any later worker can put them back.
 */
import type { AzureAccount } from "@/lib/azure/azure-account";
import { readAzureServer } from "@/lib/azure/azure-server";
import { type AzureServerId, parseAzureServerId } from "@/lib/azure/server-id";
import { planTuning, setTuned, type TunedParameter } from "@/lib/azure/tune-target";
import { howdahOptions } from "@/lib/migrations/contract";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import type { LoadedMigration } from "@/lib/store/run";
import { parseTuning, readOtherTunings, writeTuning } from "@/lib/store/target-tuning";
import type { RunContext } from "../run-context";
import { openAccount } from "./open-account";

/** A server in Azure that takes no change for so long is left as it is: the copy does not wait for its tuning. */
const LIMIT_MS = 5 * 60_000;

/**
 * Before the copy: sets what the user asked for, or goes on with what a worker before began. A server that cannot be tuned is
 * told of in the log and moved into all the same. Throws the signal's reason, and what the store throws.
 */
export async function tuneTarget(context: RunContext, migration: LoadedMigration): Promise<void> {
  if (!howdahOptions.parse(migration.options).tuneTarget) return;
  const { azureResourceId, name } = migration.server;
  const id = azureResourceId === null ? null : parseAzureServerId(azureResourceId);
  if (!id) {
    await tell(context, `${name} is not known as a flexible server in Azure, so it is not tuned.`);
    return;
  }
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const account = await openAccount();
    const begun = parseTuning(migration.targetTuning);
    const parameters = begun ?? (await plan(migration, account, id, signal));
    if (!begun) await writeTuning(context.run, parameters, [planned(parameters)]);
    await setAll(context, account, id, { parameters, signal });
  } catch (error) {
    context.signal.throwIfAborted();
    await tellFailure(context, name, error);
  }
}

async function plan(
  migration: LoadedMigration,
  account: AzureAccount,
  id: AzureServerId,
  signal: AbortSignal,
): Promise<TunedParameter[]> {
  const { storageGiB } = await readAzureServer(account, id, signal);
  const needs = { storageGiB, isOnline: migration.mode === "Online" };
  const own = await planTuning(account, id, needs, signal);
  const held = await readOtherTunings(migration.id, migration.server.azureResourceId ?? "");
  const names = new Set(own.map(({ name }) => name));
  const shared: TunedParameter[] = [];
  // Another migration has set these: whichever of the two ends last puts them back.
  for (const parameter of held.flatMap(({ parameters }) => parameters)) {
    if (names.has(parameter.name)) continue;
    names.add(parameter.name);
    shared.push({ ...parameter, isSet: true });
  }
  return [...own, ...shared];
}

async function setAll(
  { run }: RunContext,
  account: AzureAccount,
  id: AzureServerId,
  { parameters, signal }: { parameters: readonly TunedParameter[]; signal: AbortSignal },
): Promise<void> {
  let now = [...parameters];
  for (const parameter of parameters.filter(({ isSet }) => !isSet)) {
    await setTuned(account, id, parameter, signal);
    now = now.map((one) => (one.name === parameter.name ? { ...one, isSet: true } : one));
    await writeTuning(run, now, [
      {
        level: "info",
        kind: "target-tuned",
        message: `Set on the target: ${parameter.name} = ${parameter.value} (was ${parameter.valueBefore}).`,
      },
    ]);
  }
}

function planned(parameters: readonly TunedParameter[]): NewEvent {
  const names = parameters.map(({ name }) => name).join(", ");
  return {
    level: "info",
    kind: "target-tuned",
    message:
      parameters.length === 0
        ? "The target needs no tuning: its parameters are as they should be."
        : `The target is tuned for the time of the migration: ${names}.`,
  };
}

async function tell({ run }: RunContext, message: string): Promise<void> {
  await appendEvents(store(), run.migrationId, [{ level: "warning", kind: "target-tuned", message }]);
}

async function tellFailure(context: RunContext, server: string, error: unknown): Promise<void> {
  const { code, message } = toCodedError(error, "AZURE_UNREACHABLE", server);
  context.log.warn({ err: error }, "target not tuned");
  await appendEvents(store(), context.run.migrationId, [
    {
      level: "warning",
      kind: "target-tuned",
      message: `The target could not be tuned, the migration goes on without: ${message}`,
      data: { code },
    },
  ]);
}
