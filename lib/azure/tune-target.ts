/**
 * Parameters of a flexible server that only the management endpoint can set and that make a bulk load faster or safer, for the
 * time of a migration. Follows "Best practices for pg_dump and pg_restore" of Azure Database for PostgreSQL (WAL and checkpoints)
 * and the prerequisites of the migration service (temporary files). None of them needs a restart.
 */
import { CodedError } from "@/lib/util/coded-error";
import type { AzureAccount } from "./azure-account";
import type { AzureServerId } from "./server-id";
import { readParameter, type ServerParameter, setParameter } from "./server-parameters";
import { whenFree } from "./when-free";

/** A parameter set for the time of a migration; plain JSON, so that it can be put back by whoever comes later. */
export interface TunedParameter {
  name: string;
  value: string;
  /** What to put back; null: the default. */
  before: string | null;
  /** What it was then, also when that was the default. */
  valueBefore: string;
  /** True once the server has taken it; false also while that is not known. */
  isSet: boolean;
}

/** How a load is to be helped. */
export interface TuningNeeds {
  storageGiB: number | null;
  isOnline: boolean;
}

type Wanted = (parameter: ServerParameter, needs: TuningNeeds) => string | null;

const MIB_A_GIB = 1024;
/** WAL between two checkpoints takes at most this part of the storage. */
const WAL_SHARE = 0.1;
const MOST_WAL_MIB = 65_536;
const CHECKPOINT_SECONDS = 3_600;

/** The value each of them should have; null: as it is. A greater value than ours is never lowered. */
const WANTED: Readonly<Record<string, Wanted>> = {
  max_wal_size: (parameter, { storageGiB }) =>
    storageGiB === null
      ? null
      : raised(parameter, Math.min(MOST_WAL_MIB, Math.floor(storageGiB * MIB_A_GIB * WAL_SHARE))),
  checkpoint_timeout: (parameter) => raised(parameter, CHECKPOINT_SECONDS),
  wal_compression: ({ value }) => (/^off$/i.test(value) ? "on" : null),
  // The local SSD is small, and index builds and sorts write there.
  "azure.enable_temp_tablespaces_on_local_ssd": ({ value }, { isOnline }) =>
    isOnline && /^on$/i.test(value) ? "off" : null,
};

/** Names of all parameters that may be set for a migration. */
export const TUNED_PARAMETERS: readonly string[] = Object.keys(WANTED);

/** What would be set; nothing is changed. Parameters the server does not have, or that need a restart, are left out. Throws CodedError AZURE_*. */
export async function planTuning(
  account: AzureAccount,
  id: AzureServerId,
  needs: TuningNeeds,
  signal: AbortSignal,
): Promise<TunedParameter[]> {
  const plan: TunedParameter[] = [];
  for (const [name, wanted] of Object.entries(WANTED)) {
    const parameter = await readOptional(account, id, name, signal);
    if (!parameter || parameter.isReadOnly || !parameter.isDynamic) continue;
    const value = wanted(parameter, needs);
    if (value === null) continue;
    const before = parameter.isSet ? parameter.value : null;
    plan.push({ name, value, before, valueBefore: parameter.value, isSet: false });
  }
  return plan;
}

/** Sets one of them. Throws CodedError AZURE_*; a busy server is waited for. */
export async function setTuned(
  account: AzureAccount,
  id: AzureServerId,
  { name, value }: TunedParameter,
  signal: AbortSignal,
): Promise<void> {
  await whenFree(signal, () => setParameter(account, id, { name, value }, signal));
}

/** What became of a parameter that was to be put back. */
export type Restored =
  | { outcome: "restored" | "was-back" }
  /** Somebody has changed it meanwhile: it is left at their value. */
  | { outcome: "changed"; value: string };

/** Puts one of them back, unless somebody has changed it meanwhile. Throws CodedError AZURE_*; a busy server is waited for. */
export async function restoreTuned(
  account: AzureAccount,
  id: AzureServerId,
  { name, value, before, valueBefore, isSet }: TunedParameter,
  signal: AbortSignal,
): Promise<Restored> {
  const now = await readOptional(account, id, name, signal);
  if (!now) return { outcome: "was-back" };
  if (now.value !== value && now.value !== valueBefore) return { outcome: "changed", value: now.value };
  if (now.value === valueBefore && isSet) return { outcome: "was-back" };
  // A change that nobody waited for to its end may still be under way: the server takes this one after it.
  await whenFree(signal, () => setParameter(account, id, { name, value: before }, signal));
  return { outcome: "restored" };
}

/** `wanted`, within what the parameter allows; null when it has as much already. */
function raised({ value, allowed }: ServerParameter, wanted: number): string | null {
  const [, least, most] = /^(\d+)-(\d+)$/.exec(allowed.join(",")) ?? [];
  const within = Math.max(Number(least ?? 0), Math.min(wanted, Number(most ?? wanted)));
  const now = Number(value);
  return Number.isFinite(now) && now < within ? String(within) : null;
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
