import { UsageError } from "@/lib/cli/usage-error";
import type { OnlineOptions } from "@/lib/migrations/contract";
import type { DivergencePolicyName, MigrationMode, OutputPluginName } from "@/lib/migrations/vocabulary";

/** Options of `howdah migrate` that only an online migration knows, as typed. */
export interface OnlineMigrateOptions {
  mode: MigrationMode;
  plugin?: OutputPluginName;
  onDivergence?: DivergencePolicyName;
  /** Megabytes (10^6 bytes) of WAL the source may keep for each slot. */
  walLimit?: number;
  /** Milliseconds: cut over by itself once every database is less behind. */
  cutoverWhenLagBelow?: number;
  waitForCutover?: true;
}

const ONLINE_ONLY = {
  plugin: "--plugin",
  onDivergence: "--on-divergence",
  walLimit: "--wal-limit",
  cutoverWhenLagBelow: "--cutover-when-lag-below",
  waitForCutover: "--wait-for-cutover",
} as const satisfies Partial<Record<keyof OnlineMigrateOptions, string>>;

/** What the options ask of an online migration; undefined for an offline one. Throws UsageError when they contradict. */
export function onlineOptionsOf(options: OnlineMigrateOptions): OnlineOptions | undefined {
  if (options.mode === "Offline") {
    for (const [key, flag] of Object.entries(ONLINE_ONLY)) {
      if (options[key as keyof typeof ONLINE_ONLY] !== undefined)
        throw new UsageError(`${flag} belongs to an online migration: add --mode Online.`);
    }
    return undefined;
  }
  const { plugin, onDivergence, walLimit } = options;
  return {
    ...(plugin === undefined ? {} : { plugin }),
    ...(onDivergence === undefined ? {} : { onDivergence }),
    ...(walLimit === undefined ? {} : { walLimitMegabytes: walLimit }),
  };
}
