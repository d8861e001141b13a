/**
 * What a flexible server needs set before a migration into it, and put back afterwards. Only the management endpoint can set
 * these; the documents of the migration service say which (prerequisites: extensions, shared_preload_libraries,
 * azure.enable_temp_tablespaces_on_local_ssd for an online migration).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CodedError } from "@/lib/util/coded-error";
import type { AzureAccount } from "./azure-account";
import type { AzureServerId } from "./server-id";
import {
  readParameter,
  restartServer,
  type ServerParameter,
  setParameter,
  withMembers,
} from "./server-parameters";

export interface TargetNeeds {
  /** Extensions of the source's databases. */
  extensions: readonly string[];
  /** Libraries those of them need preloaded. */
  libraries: readonly string[];
  isOnline: boolean;
}

/** A parameter to be changed; plain JSON, so that it can be put back after a restart of Howdah. */
export interface ParameterChange {
  name: string;
  value: string;
  /** null: the default. */
  before: string | null;
  needsRestart: boolean;
  /** True: put back when the migration has ended. Extensions and their libraries are needed afterwards too. */
  isForMigration: boolean;
}

export interface ParameterPlan {
  changes: ParameterChange[];
  /** Members that Azure does not allow in the parameter: the extension cannot be had there. */
  notAllowed: { name: string; member: string }[];
}

const LISTS = [
  { name: "azure.extensions", of: (needs: TargetNeeds) => needs.extensions },
  { name: "shared_preload_libraries", of: (needs: TargetNeeds) => needs.libraries },
] as const;
const LOCAL_TEMP = "azure.enable_temp_tablespaces_on_local_ssd";

/** What would have to be set; nothing is changed. Throws CodedError AZURE_*. */
export async function planParameters(
  account: AzureAccount,
  id: AzureServerId,
  needs: TargetNeeds,
  signal: AbortSignal,
): Promise<ParameterPlan> {
  const plan: ParameterPlan = { changes: [], notAllowed: [] };
  for (const { name, of } of LISTS) {
    const wanted = of(needs);
    if (wanted.length === 0) continue;
    const parameter = await readParameter(account, id, name, signal);
    const allowed = new Set(parameter.allowed.map((member) => member.toLowerCase()));
    const isAllowed = (member: string) => allowed.size === 0 || allowed.has(member.toLowerCase());
    plan.notAllowed.push(
      ...wanted.filter((member) => !isAllowed(member)).map((member) => ({ name, member })),
    );
    const value = withMembers(parameter.value, wanted.filter(isAllowed));
    if (value !== withMembers(parameter.value, [])) plan.changes.push(change(parameter, value, false));
  }
  if (needs.isOnline) {
    const parameter = await readOptional(account, id, LOCAL_TEMP, signal);
    if (parameter && !/^off$/i.test(parameter.value)) plan.changes.push(change(parameter, "off", true));
  }
  return plan;
}

/**
 * Sets what was planned, one after another as the server demands, and restarts it when a change needs that and `restart`
 * allows it. `onSet` is told of each change once it stands, so that it can be put back whatever happens next. Throws
 * CodedError AZURE_*; a busy server is waited for.
 */
export async function setParameters(
  account: AzureAccount,
  id: AzureServerId,
  changes: readonly ParameterChange[],
  options: { restart: boolean; onSet: (change: ParameterChange) => Promise<void>; signal: AbortSignal },
): Promise<{ isPendingRestart: boolean }> {
  let isPendingRestart = false;
  for (const one of changes) {
    const { name, value } = one;
    const set = await whenFree(options.signal, () =>
      setParameter(account, id, { name, value }, options.signal),
    );
    isPendingRestart ||= set.isPendingRestart;
    await options.onSet(one);
  }
  if (!isPendingRestart || !options.restart) return { isPendingRestart };
  await whenFree(options.signal, () => restartServer(account, id, options.signal));
  return { isPendingRestart: false };
}

/** Puts back what was set for the migration only; one that somebody has changed meanwhile is left as it is. Throws CodedError AZURE_*. */
export async function restoreParameters(
  account: AzureAccount,
  id: AzureServerId,
  changes: readonly ParameterChange[],
  signal: AbortSignal,
): Promise<ParameterChange[]> {
  const restored: ParameterChange[] = [];
  for (const one of changes.filter(({ isForMigration }) => isForMigration)) {
    const now = await readParameter(account, id, one.name, signal);
    if (now.value !== one.value) continue;
    await whenFree(signal, () => setParameter(account, id, { name: one.name, value: one.before }, signal));
    restored.push(one);
  }
  return restored;
}

function change(parameter: ServerParameter, value: string, isForMigration: boolean): ParameterChange {
  return {
    name: parameter.name,
    value,
    before: parameter.isSet ? parameter.value : null,
    needsRestart: !parameter.isDynamic,
    isForMigration,
  };
}

/** Servers of some majors and tiers do not have it. */
async function readOptional(
  account: AzureAccount,
  id: AzureServerId,
  name: string,
  signal: AbortSignal,
): Promise<ServerParameter | null> {
  try {
    return await readParameter(account, id, name, signal);
  } catch (error) {
    if (error instanceof CodedError && error.code === "AZURE_NOT_FOUND") return null;
    throw error;
  }
}

/** A server takes one change at a time, also those of people. */
const BUSY_PAUSES_MS = [2_000, 5_000, 10_000, 20_000, 30_000, 60_000];

async function whenFree<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (const pauseMs of BUSY_PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "AZURE_SERVER_BUSY") throw error;
      await sleep(pauseMs, undefined, { signal });
    }
  }
  return await work();
}
