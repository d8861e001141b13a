import type { EarlyFacts } from "./early-findings";
import { isStale, sourceTestInput, targetTestInput } from "./test-result";
import { useWizard } from "./wizard-context";

/** What both tests have told so far; nothing of a test whose fields have changed since. */
export function useEarlyFacts(): EarlyFacts {
  const { values, servers, tests } = useWizard();
  const { migrationMode, migrationOption, dbsToMigrate } = values.body.properties;
  const source = tests.source.finished;
  const target = tests.target.finished;
  return {
    source: source && !isStale(source, sourceTestInput(values)) ? source.report.inventory : null,
    target: target && !isStale(target, targetTestInput(values, servers)) ? target.report.inventory : null,
    mode: migrationMode,
    option: migrationOption,
    chosen: dbsToMigrate,
  };
}
