import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { runnerOf, targetServer } from "./create-request";
import { databaseRows, selection } from "./database-rows";
import { certainStop, earlyFacts } from "./early-findings";
import { activeSelections, targetNameProblems } from "./selections";
import { targetProblem } from "./server-comparison";
import { type FinishedTest, passes, sourceTestInput, targetTestInput } from "./test-result";
import { type FieldIssue, NEW_SERVER, stepIssues, type WizardForm } from "./wizard-form";
import type { Completeness, InputStep } from "./wizard-steps";

export interface WizardFacts {
  values: WizardForm;
  servers: readonly RegisteredServer[];
  source: FinishedTest | null;
  target: FinishedTest | null;
}

/** Which steps are filled in and, for the servers, tested as they stand. */
export function wizardCompleteness({ values, servers, source, target }: WizardFacts): Completeness {
  const sourceInventory = source?.report.inventory ?? null;
  const targetInventory = target?.report.inventory ?? null;
  const { dbsToMigrate, howdah } = values.body.properties;
  const early = earlyFacts({ values, servers, source, target });
  const rows = sourceInventory ? databaseRows(sourceInventory, targetInventory, howdah.databases) : [];
  return {
    setup: fieldIssues(values, servers, "setup").length === 0,
    source:
      fieldIssues(values, servers, "source").length === 0 &&
      passes(source, sourceTestInput(values)) &&
      certainStop(early, "source") === null,
    target:
      fieldIssues(values, servers, "target").length === 0 &&
      passes(target, targetTestInput(values, servers)) &&
      targetProblem(sourceInventory, targetInventory) === null,
    databases:
      selection(rows, dbsToMigrate).rows.length > 0 &&
      fieldIssues(values, servers, "databases").length === 0 &&
      certainStop(early, "databases") === null,
  };
}

/** What is wrong with a step's fields, those rules included that need to know the registered servers. */
export function fieldIssues(
  values: WizardForm,
  servers: readonly RegisteredServer[],
  step: InputStep,
): FieldIssue[] {
  const issues = stepIssues(values, step);
  if (step === "databases") return [...issues, ...targetNameIssues(values), ...azureIssues(values, servers)];
  if (step !== "target" || issues.some(({ field }) => field === "target.name" || field === "target.choice")) {
    return issues;
  }
  const { choice, name } = values.target;
  if (choice !== NEW_SERVER) {
    if (targetServer(values, servers)) return issues;
    return [
      { field: "target.choice", message: "This server is no longer registered. Choose another." },
      ...issues,
    ];
  }
  const twin = servers.find((server) => server.name.toLowerCase() === name.toLowerCase());
  if (!twin) return issues;
  return [
    {
      field: "target.name",
      message: `There is already a server ${twin.name}. Choose it above, or another name.`,
    },
    ...issues,
  ];
}

/** Two databases that want one name on the target. */
function targetNameIssues(values: WizardForm): FieldIssue[] {
  const { dbsToMigrate, howdah } = values.body.properties;
  const [message] = targetNameProblems(howdah.databases, dbsToMigrate).values();
  return message === undefined ? [] : [{ field: "body.properties.howdah.databases", message }];
}

/** Azure's service moves whole databases under their own names. */
function azureIssues(values: WizardForm, servers: readonly RegisteredServer[]): FieldIssue[] {
  const { dbsToMigrate, howdah } = values.body.properties;
  const [first] = activeSelections(howdah.databases, dbsToMigrate);
  if (!first || runnerOf(values, servers) !== "azure") return [];
  return [
    {
      field: "body.properties.howdah.databases",
      message: `Azure's migration service moves whole databases under their own names: take the filter or the other name of ${first.name} away, or have Howdah run the migration (target step).`,
    },
  ];
}
