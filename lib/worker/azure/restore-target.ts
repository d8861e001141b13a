import { parseAzureServerId } from "@/lib/azure/server-id";
import { restoreTuned, type TunedParameter } from "@/lib/azure/tune-target";
import { toCodedError } from "@/lib/postgres/errors";
import type { NewEvent } from "@/lib/store/events";
import type { LoadedMigration } from "@/lib/store/run";
import {
  findLeftTunings,
  parseTuning,
  readOtherTunings,
  writeLeftTuning,
  writeTuning,
} from "@/lib/store/target-tuning";
import { CodedError } from "@/lib/util/coded-error";
import { logger } from "@/lib/util/log";
import type { RunContext } from "../run-context";
import { openAccount } from "./open-account";

/** The end of a migration waits so long for Azure; what is left then is put back later. */
const LIMIT_MS = 3 * 60_000;
const EVERY_MS = 60_000;

/** Notes what is left to be put back, and what happened. */
type Keep = (left: readonly TunedParameter[], events: readonly NewEvent[]) => Promise<void>;

/**
 * Before the migration ends, in whatever way: puts the target's parameters back. What cannot be put back now stays stored and is
 * tried again once a minute after the end. Throws the signal's reason, and what the store throws.
 */
export async function restoreTarget(context: RunContext, migration: LoadedMigration): Promise<void> {
  const parameters = parseTuning(migration.targetTuning);
  if (!parameters) return;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]);
  const keep: Keep = (left, events) => writeTuning(context.run, left, events);
  let left: readonly TunedParameter[] = parameters;
  try {
    await restoreAll(migration, parameters, signal, async (rest, events) => {
      left = rest;
      await keep(rest, events);
    });
  } catch (error) {
    context.signal.throwIfAborted();
    const coded = toCodedError(error, "AZURE_UNREACHABLE", migration.server.name);
    context.log.warn({ err: error }, "target not restored");
    await keep(left, [remains(left, coded)]);
  }
}

/** Looks once a minute after targets that could not be put back when their migration ended. Several workers may do so at once. */
export function keepTargetsRestored(signal: AbortSignal): void {
  let busy = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    try {
      await restoreLeftTargets(signal);
    } catch (error) {
      if (!signal.aborted)
        logger("worker").warn({ err: error }, "targets to restore could not be looked for");
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** One such look; throws what the store throws, and the signal's reason. */
export async function restoreLeftTargets(signal: AbortSignal): Promise<void> {
  for (const migration of await findLeftTunings()) {
    signal.throwIfAborted();
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    try {
      const parameters = parseTuning(migration.targetTuning) ?? [];
      await restoreAll(migration, parameters, limited, (left, events) =>
        writeLeftTuning(migration.id, left, events),
      );
    } catch (error) {
      signal.throwIfAborted();
      logger("worker").warn({ err: error, migrationId: migration.id }, "target not restored yet");
    }
  }
}

/** Puts one after another back; `keep` is told after each, so that nothing is put back twice. Throws CodedError AZURE_*. */
async function restoreAll(
  migration: LoadedMigration,
  parameters: readonly TunedParameter[],
  signal: AbortSignal,
  keep: Keep,
): Promise<void> {
  const { azureResourceId, name: server } = migration.server;
  const id = azureResourceId === null ? null : parseAzureServerId(azureResourceId);
  if (azureResourceId === null || !id)
    throw new CodedError("AZURE_TARGET_UNKNOWN", `${server} is not known in Azure any more.`, {
      subject: server,
    });
  const others = await readOtherTunings(migration.id, azureResourceId);
  const account = await openAccount();
  let left = parameters;
  for (const parameter of parameters) {
    const holder = others.find((other) => other.parameters.some(({ name }) => name === parameter.name));
    const event = holder
      ? info(`${parameter.name} stays at ${parameter.value} on the target until ${holder.name} ends.`)
      : outcomeOf(parameter, await restoreTuned(account, id, parameter, signal));
    left = left.filter(({ name }) => name !== parameter.name);
    await keep(left, [event]);
  }
}

function outcomeOf(
  { name, value, valueBefore }: TunedParameter,
  restored: Awaited<ReturnType<typeof restoreTuned>>,
): NewEvent {
  switch (restored.outcome) {
    case "restored":
      return info(`Put back on the target: ${name} = ${valueBefore}.`);
    case "was-back":
      return info(`${name} is ${valueBefore} on the target again already.`);
    case "changed":
      return {
        level: "warning",
        kind: "target-restored",
        message: `${name} is left at ${restored.value} on the target: somebody changed it meanwhile. Howdah had set ${value}, before it was ${valueBefore}.`,
      };
  }
}

function info(message: string): NewEvent {
  return { level: "info", kind: "target-restored", message };
}

function remains(left: readonly TunedParameter[], { code, message }: CodedError): NewEvent {
  const values = left.map(({ name, valueBefore }) => `${name} = ${valueBefore}`).join(", ");
  return {
    level: "warning",
    kind: "target-restored",
    message: `Not put back on the target yet: ${values}. Howdah tries again every minute. ${message}`,
    data: { code },
  };
}
