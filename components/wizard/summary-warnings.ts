import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationOption } from "@/lib/migrations/vocabulary";
import type { Probe } from "@/lib/postgres/probes/report";
import type { Selection } from "./database-rows";
import { type FinishedTest, probesWith } from "./test-result";

export interface SummaryWarning {
  /** Stable among the warnings of one summary. */
  key: string;
  text: string;
  remedy: string | null;
}

/** What a person should know before starting; nothing here forbids it. */
export function summaryWarnings(facts: {
  source: FinishedTest | null;
  target: FinishedTest | null;
  selection: Selection;
  overwrite: boolean;
  option: MigrationOption;
}): SummaryWarning[] {
  const { source, target, selection, overwrite, option } = facts;
  const conflicts = selection.conflicts.map((row) => row.targetName);
  const missing = selection.rows.filter((row) => row.missingExtensions.length > 0);
  const warnings: SummaryWarning[] = [
    ...(source ? probesWith(source.report, "warning").map((probe) => probeWarning("Source", probe)) : []),
    ...(target ? probesWith(target.report, "warning").map((probe) => probeWarning("Target", probe)) : []),
  ];
  if (overwrite && conflicts.length > 0 && option !== "Validate") {
    warnings.push({
      key: "overwrite",
      text: `${joinNames(conflicts)} on the target will be dropped and created again.`,
      remedy:
        "What these databases hold on the target is lost. Make sure it is not needed, or choose Stop and ask me.",
    });
  }
  for (const row of missing) {
    warnings.push({
      key: `extensions ${row.name}`,
      text: `${row.name} uses ${joinNames(row.missingExtensions)}, which the target cannot create.`,
      remedy:
        option === "Migrate"
          ? "Objects that depend on it will fail. Install it on the target or add it to azure.extensions first."
          : "The validation will fail until it is installed on the target or added to azure.extensions.",
    });
  }
  return warnings;
}

/** Heading of the box that lists `count` warnings. */
export function warningsTitle(count: number): string {
  return `${countNoun(count, "warning")} before you start`;
}

const START_LABELS: Record<MigrationOption, string> = {
  Validate: "Start validation",
  Migrate: "Start migration",
  ValidateAndMigrate: "Start validation and migration",
};

/** Text of the button that starts; warnings make it say that they were seen. */
export function startLabel(option: MigrationOption, warnings: number): string {
  return warnings > 0 ? `${START_LABELS[option]} anyway` : START_LABELS[option];
}

function probeWarning(side: string, probe: Probe): SummaryWarning {
  return { key: `${side} ${probe.name}`, text: `${side}: ${probe.found}.`, remedy: probe.remedy };
}
