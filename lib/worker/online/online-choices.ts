import type { CaptureOptions, DivergencePolicy } from "@/lib/engine/cdc/follow-options";
import { howdahOptions } from "@/lib/migrations/contract";
import type { LoadedMigration } from "@/lib/store/run";

/** What the user chose of how changes are followed. */
export interface OnlineChoices {
  plugin: CaptureOptions["plugin"];
  onDivergence: DivergencePolicy;
  /** Bytes of WAL the source may keep for each slot; null: no limit. */
  walLimitBytes: number | null;
}

const BYTES_PER_MEGABYTE = 1_000_000;

/** The choices of a migration; null when it is not online. */
export function onlineChoicesOf(migration: Pick<LoadedMigration, "mode" | "options">): OnlineChoices | null {
  if (migration.mode !== "Online") return null;
  const { plugin, onDivergence, walLimitMegabytes } = howdahOptions.parse(migration.options).online ?? {};
  return {
    plugin: plugin ?? null,
    onDivergence: onDivergence ?? "stop",
    walLimitBytes: walLimitMegabytes ? Math.round(walLimitMegabytes * BYTES_PER_MEGABYTE) : null,
  };
}
