import type { ServerInventory } from "@/lib/postgres/probes/report";
import { describeCode } from "@/lib/util/error-codes";

/** Why the tested target cannot take what the tested source has. */
export interface TargetProblem {
  title: string;
  cause: string;
  remedy: string;
}

/** The first reason that forbids this pair of servers, or null. */
export function targetProblem(
  source: ServerInventory | null,
  target: ServerInventory | null,
): TargetProblem | null {
  if (!source || !target) return null;
  if (source.serverIdentity === target.serverIdentity) {
    const { cause, remedy } = describeCode("SAME_SERVER");
    return { title: "The target is the source", cause, remedy };
  }
  if (major(target) < major(source)) {
    const { remedy } = describeCode("VERSION_DOWNGRADE");
    return {
      title: "The target is older than the source",
      cause: `The source is PostgreSQL ${source.version}, the target PostgreSQL ${target.version}.`,
      remedy,
    };
  }
  return null;
}

/** 16 for 160014, 9.06 for 90624: before version 10 the second number belonged to the major version. */
function major(inventory: ServerInventory): number {
  const { versionNumber } = inventory;
  return versionNumber >= 100_000
    ? Math.floor(versionNumber / 10_000)
    : Math.floor(versionNumber / 100) / 100;
}
