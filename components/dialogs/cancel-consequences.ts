import { countNoun, formatBytes, joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";

export interface Consequence {
  text: string;
  detail: string | null;
}

export interface CancelConsequences {
  /** What ends now, in one sentence. */
  summary: string;
  stops: Consequence[];
  stays: Consequence[];
  /** Databases this migration created on the target, which it could drop again; sorted as chosen. */
  droppable: string[];
}

type Cancelable = Pick<
  MigrationDetails,
  "substate" | "targetName" | "databaseProgress" | "samples" | "bytesCopied" | "mode" | "online"
>;

/** What canceling stops and what it leaves. `percent`: progress of the copy, null before it began. */
export function cancelConsequences(migration: Cancelable, percent: number | null): CancelConsequences {
  const created = migration.databaseProgress.filter((database) => database.createdOnTarget);
  return {
    summary: summaryOf(migration, percent),
    stops: stopsOf(migration),
    stays: [targetStays(migration, created), { text: "Source databases", detail: "unchanged" }, RECORDS],
    droppable: created.map((database) => database.name),
  };
}

const RECORDS: Consequence = { text: "Validation report and activity log", detail: null };

function summaryOf(migration: Cancelable, percent: number | null): string {
  const restart = "A canceled migration does not go on; restarting it begins from zero.";
  switch (migration.substate) {
    case "ValidationInProgress":
      return "Validation stops. It has changed nothing on either server.";
    case "WaitingForTargetDBOverwriteConfirmation":
      return "The migration ends without touching the databases that are on the target. A new one can be created at any time.";
    case "MigratingData":
    case "CompletingMigration":
      return percent === null ? `The copy stops. ${restart}` : `The copy stops at ${percent}%. ${restart}`;
    case "WaitingForCutoverTrigger":
      return `The target stops following the source. ${restart}`;
    default:
      return `The migration stops. ${restart}`;
  }
}

function stopsOf(migration: Cancelable): Consequence[] {
  const jobs = migration.samples.at(-1)?.activeJobs ?? 0;
  const connections = jobs > 0 ? `${jobs} on each server` : null;
  return [
    { text: "Running sessions on source and target", detail: connections },
    ...(migration.mode === "Online" ? [slotsRemoved(migration)] : []),
    { text: "Stored passwords of this migration", detail: "deleted" },
  ];
}

/** What an online migration put on the source: nothing of it may stay, or the source keeps its WAL for ever. */
function slotsRemoved({ online }: Cancelable): Consequence {
  const slots = (online?.databases ?? []).filter(({ cutover }) => cutover === null).length;
  const removed = slots > 0 ? `${countNoun(slots, "slot")} removed` : "removed";
  return { text: "Replication slots and publications on the source", detail: removed };
}

function targetStays(migration: Cancelable, created: MigrationDetails["databaseProgress"]): Consequence {
  if (created.length === 0) return { text: `Everything on ${migration.targetName}`, detail: "as it was" };
  const complete = created.filter((database) => database.state === "Succeeded").length;
  const state = complete === created.length ? "complete" : complete === 0 ? "incomplete" : "partly complete";
  const bytes = created.reduce((sum, database) => sum + database.bytesCopied, 0);
  return {
    text: `${joinNames(created.map((database) => database.name))} on ${migration.targetName}, ${state}`,
    detail: `${formatBytes(bytes)}, ${countNoun(created.length, "database")}`,
  };
}
