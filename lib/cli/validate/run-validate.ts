import { EXIT } from "@/lib/cli/exit-codes";
import { watchSignals } from "@/lib/cli/interruption";
import { chooseDatabases } from "@/lib/cli/migrate/choose-databases";
import { parseConnectionUri, settingsOf } from "@/lib/cli/migrate/connection-uri";
import { readSelections, type SelectionOptions } from "@/lib/cli/migrate/database-selections";
import { findPassword, takePasswordVariables } from "@/lib/cli/migrate/find-password";
import type { Output } from "@/lib/cli/output";
import { UsageError } from "@/lib/cli/usage-error";
import { findSelectionProblems, hasFilter, targetNames } from "@/lib/migrations/filter";
import { fixScript } from "@/lib/migrations/fix-script";
import type { ValidationDetails } from "@/lib/migrations/validation-details";
import { groupReport } from "@/lib/migrations/validation-groups";
import { validationHtml } from "@/lib/migrations/validation-html";
import { validationMarkdown } from "@/lib/migrations/validation-markdown";
import type { MigrationMode, SourceType } from "@/lib/migrations/vocabulary";
import { providerOf } from "@/lib/validation/provider";
import { runValidation } from "@/lib/validation/run";
import { validationText } from "./validation-text";

/** `howdah validate`'s options as typed. */
export interface ValidateOptions extends SelectionOptions {
  source: string;
  target: string;
  databases?: string[];
  all?: true;
  overwrite?: true;
  mode: MigrationMode;
  sourceType: SourceType;
  format: "text" | "json" | "markdown" | "html";
  fixes?: true;
}

/** `howdah validate`: runs the premigration checks here and prints the report. Returns the exit code. Throws UsageError and CodedError. */
export async function runValidate(options: ValidateOptions, output: Output): Promise<number> {
  const variables = takePasswordVariables(process.env);
  const source = parseConnectionUri(options.source, "--source");
  const target = parseConnectionUri(options.target, "--target");
  const settings = settingsOf(source, await findPassword("source", source, variables));
  const targetSettings = settingsOf(target, await findPassword("target", target, variables));
  using interruption = watchSignals();
  try {
    const databases = await chooseDatabases(
      { all: options.all === true, named: options.databases ?? [], inUri: source.database },
      settings,
      interruption.asked,
    );
    const details = await runValidation({
      source: settings,
      target: targetSettings,
      databases,
      ...scopeOf(options, databases),
      mode: options.mode,
      provider: providerOf(options.sourceType),
      signal: interruption.asked,
    });
    for (const line of render(details, options, `${source.host} to ${target.host}`)) output.out(line);
    return details.status === "Failed" ? EXIT.validationFailed : EXIT.succeeded;
  } catch (error) {
    if (interruption.asked.aborted) return EXIT.canceled;
    throw error;
  }
}

/** Filters, names on the target and whether databases there are to be replaced. Throws UsageError. */
function scopeOf(options: ValidateOptions, databases: readonly string[]) {
  const selections = readSelections(options, databases);
  const [problem] = findSelectionProblems(databases, selections);
  if (problem) throw new UsageError(problem.message);
  return {
    filters: new Map(selections.filter(hasFilter).map((selection) => [selection.name, selection])),
    targetNames: targetNames(databases, selections),
    overwrite: options.overwrite === true,
  };
}

function render(details: ValidationDetails, { format, fixes }: ValidateOptions, title: string): string[] {
  if (fixes) return [fixScript(groupReport(details)).trimEnd()];
  switch (format) {
    case "text":
      return validationText(details);
    case "json":
      return [JSON.stringify(details, null, 2)];
    case "markdown":
      return [validationMarkdown(`Validation of ${title}`, details).trimEnd()];
    case "html":
      return [validationHtml(`Validation of ${title}`, details).trimEnd()];
  }
}
