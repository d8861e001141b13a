import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationMode, MigrationOption } from "@/lib/migrations/vocabulary";
import type { ServerInventory } from "@/lib/postgres/probes/report";
import { describeCode } from "@/lib/util/error-codes";
import { databaseRows } from "./database-rows";

/** What the run would stop at, known before it starts; the rule's page has the rest. */
export interface EarlyFinding {
  /** Id of the validation rule that would say the same. */
  rule: string;
  title: string;
  text: string;
}

export interface EarlyFacts {
  source: ServerInventory | null;
  target: ServerInventory | null;
  mode: MigrationMode;
  option: MigrationOption;
  /** Names of the databases chosen so far; all of them when none has been. */
  chosen: readonly string[];
}

/** Findings that concern the source alone, known after its test. */
export function sourceFindings({ source, mode }: EarlyFacts): EarlyFinding[] {
  if (!source || mode !== "Online" || source.walLevel === "logical") return [];
  return [
    {
      rule: "wal-level",
      title: "Online migration needs wal_level logical",
      text: `The source has wal_level ${source.walLevel}. ${describeCode("WAL_LEVEL_NOT_LOGICAL").remedy}`,
    },
  ];
}

/** Findings that concern the pair, known after both tests. */
export function pairFindings({ source, target, option, chosen }: EarlyFacts): EarlyFinding[] {
  if (!source || !target) return [];
  const rows = databaseRows(source, target).filter(
    ({ name, blockedReason }) => blockedReason === null && (chosen.length === 0 || chosen.includes(name)),
  );
  const lacking = rows.filter(({ missingExtensions }) => missingExtensions.length > 0);
  if (lacking.length === 0) return [];
  const extensions = [...new Set(lacking.flatMap(({ missingExtensions }) => missingExtensions))].sort();
  const consequence =
    option === "Migrate" ? "What needs them is not created." : "Validation fails for such a database.";
  return [
    {
      rule: "extensions-available",
      title: `The target does not offer ${countNoun(extensions.length, "extension")} in use`,
      text: `${joinNames(extensions)}, used by ${joinNames(lacking.map(({ name }) => name))}. ${consequence} ${describeCode("EXTENSION_UNAVAILABLE").remedy}`,
    },
  ];
}
