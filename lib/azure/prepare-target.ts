/**
 * What a flexible server must allow before databases with extensions can be moved into it. Only the management endpoint can set
 * these; the documents of the migration service name them among its prerequisites: azure.extensions and
 * shared_preload_libraries. Both stay: what was moved needs them afterwards too.
 */
import type { Allowance } from "@/lib/migrations/azure-contract";
import type { AzureAccount } from "./azure-account";
import type { AzureServerId } from "./server-id";
import {
  readParameter,
  restartServer,
  type ServerParameter,
  setParameter,
  withMembers,
} from "./server-parameters";
import { whenFree } from "./when-free";

export interface TargetNeeds {
  /** Extensions of the source's databases. */
  extensions: readonly string[];
  /** Libraries those of them need preloaded. */
  libraries: readonly string[];
}

/** A list that has to grow. */
export interface ParameterChange {
  name: Allowance;
  /** The whole list as it would be. */
  value: string;
  /** What is new in it. */
  added: string[];
  needsRestart: boolean;
}

export interface ParameterPlan {
  changes: ParameterChange[];
  /** Members that Azure does not allow in the parameter: the extension cannot be had there. */
  notAllowed: { name: Allowance; member: string }[];
  /** True when a list was set before and counts only after a restart. */
  isPendingRestart: boolean;
}

const LISTS = [
  { name: "azure.extensions", of: (needs: TargetNeeds) => needs.extensions },
  { name: "shared_preload_libraries", of: (needs: TargetNeeds) => needs.libraries },
] as const;

/** What would have to be set; nothing is changed. Throws CodedError AZURE_*. */
export async function planParameters(
  account: AzureAccount,
  id: AzureServerId,
  needs: TargetNeeds,
  signal: AbortSignal,
): Promise<ParameterPlan> {
  const plan: ParameterPlan = { changes: [], notAllowed: [], isPendingRestart: false };
  for (const { name, of } of LISTS) {
    const wanted = of(needs);
    if (wanted.length === 0) continue;
    const parameter = await readParameter(account, id, name, signal);
    plan.isPendingRestart ||= parameter.isPendingRestart;
    const { missing, notAllowed } = compare(parameter, wanted);
    plan.notAllowed.push(...notAllowed.map((member) => ({ name, member })));
    if (missing.length === 0) continue;
    const value = withMembers(parameter.value, missing);
    plan.changes.push({ name, value, added: missing, needsRestart: !parameter.isDynamic });
  }
  return plan;
}

/**
 * Sets what was planned, one after another as the server demands, and restarts it when that is allowed and a change, of now or
 * of before, waits for it. Throws CodedError AZURE_*; a busy server is waited for.
 */
export async function setParameters(
  account: AzureAccount,
  id: AzureServerId,
  { changes, isPendingRestart }: Pick<ParameterPlan, "changes" | "isPendingRestart">,
  { restart, signal }: { restart: boolean; signal: AbortSignal },
): Promise<{ isPendingRestart: boolean; hasRestarted: boolean }> {
  let waits = isPendingRestart;
  for (const { name, value } of changes) {
    const set = await whenFree(signal, () => setParameter(account, id, { name, value }, signal));
    waits ||= set.isPendingRestart;
  }
  if (!waits || !restart) return { isPendingRestart: waits, hasRestarted: false };
  await whenFree(signal, () => restartServer(account, id, signal));
  return { isPendingRestart: false, hasRestarted: true };
}

function compare(
  { value, allowed }: ServerParameter,
  wanted: readonly string[],
): { missing: string[]; notAllowed: string[] } {
  const offered = new Set(allowed.map((member) => member.toLowerCase()));
  const present = new Set(value.split(",").map((member) => member.trim().toLowerCase()));
  const absent = [...new Set(wanted)].filter((member) => !present.has(member.toLowerCase()));
  const isOffered = (member: string) => offered.size === 0 || offered.has(member.toLowerCase());
  return { missing: absent.filter(isOffered), notAllowed: absent.filter((member) => !isOffered(member)) };
}
