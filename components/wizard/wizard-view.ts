import type { ConnectionTestReport } from "@/lib/postgres/probes/report";
import { databaseRows, type Selection, selection } from "./database-rows";
import { certainStop, earlyFacts } from "./early-findings";
import { type NextText, nextTexts } from "./next-aside-texts";
import { targetProblem } from "./server-comparison";
import { type SummaryWarning, startLabel, summaryWarnings } from "./summary-warnings";
import { blockedReason, isStale, sourceTestInput, targetTestInput } from "./test-result";
import type { WizardModel } from "./use-wizard-model";
import { nextStep, STEP_TEXTS } from "./wizard-steps";

/** What the frame around the step shows, derived from the wizard's state. */
export interface WizardView {
  nextLabel: string;
  /** Why Next does nothing yet; null when it may go on. */
  blocked: string | null;
  warnings: SummaryWarning[];
  texts: NextText[];
}

/** Derives the frame from the state. */
export function wizardView(model: WizardModel): WizardView {
  const { step, values, tests } = model;
  const { migrationOption, migrationMode, overwriteDbsInTarget } = values.body.properties;
  const chosen = chosenDatabases(model);
  const warnings = summaryWarnings({
    source: tests.source.finished,
    target: tests.target.finished,
    selection: chosen,
    overwrite: overwriteDbsInTarget === "True",
    option: migrationOption,
  });
  const next = nextStep(step);
  return {
    nextLabel: next ? `Next: ${STEP_TEXTS[next].label}` : startLabel(migrationOption, warnings.length),
    blocked: blockedText(model),
    warnings,
    texts: nextTexts(step, {
      option: migrationOption,
      mode: migrationMode,
      report: freshReport(model),
      bytes: chosen.sizeBytes,
      databases: chosen.rows.length,
    }),
  };
}

function chosenDatabases({ values, tests }: WizardModel): Selection {
  const source = tests.source.finished?.report.inventory;
  const { howdah, dbsToMigrate } = values.body.properties;
  const rows = source
    ? databaseRows(source, tests.target.finished?.report.inventory ?? null, howdah.databases)
    : [];
  return selection(rows, dbsToMigrate);
}

function blockedText({ step, values, servers, tests }: WizardModel): string | null {
  const { finished: source } = tests.source;
  const { finished: target } = tests.target;
  const early = earlyFacts({ values, servers, source, target });
  if (step === "databases") return certainStop(early, step);
  if (step !== "source" && step !== "target") return null;
  if (tests[step].running) return "Testing the connection";
  const input = step === "source" ? sourceTestInput(values) : targetTestInput(values, servers);
  const blocked = blockedReason(tests[step].finished, input);
  if (blocked || step === "source") return blocked ?? certainStop(early, step);
  return targetProblem(source?.report.inventory ?? null, target?.report.inventory ?? null)?.title ?? null;
}

function freshReport({ step, values, servers, tests }: WizardModel): ConnectionTestReport | null {
  if (step !== "source" && step !== "target") return null;
  const test = tests[step].finished;
  const input = step === "source" ? sourceTestInput(values) : targetTestInput(values, servers);
  return test && !isStale(test, input) ? test.report : null;
}
