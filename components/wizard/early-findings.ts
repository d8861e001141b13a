import { librariesOf } from "@/lib/migrations/extension-libraries";
import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import type { MigrationMode, MigrationOption } from "@/lib/migrations/vocabulary";
import type { ServerInventory } from "@/lib/postgres/probes/report";
import { describeCode } from "@/lib/util/error-codes";
import { type DatabaseRow, databaseRows } from "./database-rows";
import { type FinishedTest, isStale, sourceTestInput, targetTestInput } from "./test-result";
import type { WizardForm } from "./wizard-form";
import type { InputStep } from "./wizard-steps";

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

interface EarlyInput {
  values: WizardForm;
  servers: readonly RegisteredServer[];
  source: FinishedTest | null;
  target: FinishedTest | null;
}

/** What both tests have told so far; nothing of a test whose fields have changed since. */
export function earlyFacts({ values, servers, source, target }: EarlyInput): EarlyFacts {
  const { migrationMode, migrationOption, dbsToMigrate } = values.body.properties;
  return {
    source: source && !isStale(source, sourceTestInput(values)) ? source.report.inventory : null,
    target: target && !isStale(target, targetTestInput(values, servers)) ? target.report.inventory : null,
    mode: migrationMode,
    option: migrationOption,
    chosen: dbsToMigrate,
  };
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
export function pairFindings(facts: EarlyFacts): EarlyFinding[] {
  const lacking = lackingDatabases(facts);
  if (lacking.length === 0) return [];
  const extensions = extensionsOf(lacking);
  const consequence =
    facts.option === "Migrate" ? "What needs them is not created." : "Validation fails for such a database.";
  return [
    {
      rule: "extensions-available",
      title: `The target does not offer ${countNoun(extensions.length, "extension")} in use`,
      text: `${joinNames(extensions)}, used by ${joinNames(lacking.map(({ name }) => name))}. ${consequence} ${describeCode("EXTENSION_UNAVAILABLE").remedy}`,
    },
  ];
}

/** What the databases of the source need of a flexible server, sorted; nothing before the source has been tested. */
export function allowanceNeeds(source: ServerInventory | null): {
  extensions: string[];
  libraries: string[];
} {
  // "pg_trgm 1.6"
  const used = (source?.databases ?? [])
    .flatMap(({ extensions }) => extensions ?? [])
    .map((text) => text.split(" ", 1)[0] ?? text);
  const extensions = [...new Set(used)].filter((name) => name !== "plpgsql").sort();
  return { extensions, libraries: librariesOf(extensions) };
}

/**
 * Why Next holds back on a step although its fields are right: the run would stop for sure. Null when it may go on. A validation
 * alone is never held back; to tell such things is what it is for.
 */
export function certainStop(facts: EarlyFacts, step: InputStep): string | null {
  if (facts.option === "Validate") return null;
  if (step === "source" && sourceFindings(facts).length > 0)
    return "Online needs wal_level logical. Set it and test again, or choose Offline.";
  if (step !== "databases" || facts.option === "Migrate" || facts.chosen.length === 0) return null;
  const lacking = lackingDatabases(facts);
  const [first] = lacking;
  if (!first) return null;
  return lacking.length === 1
    ? `${first.name} needs ${joinNames(first.missingExtensions)}. Leave it out, or install and test the target again.`
    : `${lacking.length} databases need extensions the target lacks. Leave them out, or install and test again.`;
}

/** Databases among the chosen ones with extensions that the target does not offer. */
function lackingDatabases({ source, target, chosen }: EarlyFacts): DatabaseRow[] {
  if (!source || !target) return [];
  return databaseRows(source, target).filter(
    ({ name, blockedReason, missingExtensions }) =>
      blockedReason === null &&
      missingExtensions.length > 0 &&
      (chosen.length === 0 || chosen.includes(name)),
  );
}

function extensionsOf(rows: readonly DatabaseRow[]): string[] {
  return [...new Set(rows.flatMap(({ missingExtensions }) => missingExtensions))].sort();
}
