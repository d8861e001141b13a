import { type EarlyFacts, earlyFacts } from "./early-findings";
import { useWizard } from "./wizard-context";

/** What both tests have told so far. */
export function useEarlyFacts(): EarlyFacts {
  const { values, servers, tests } = useWizard();
  return earlyFacts({ values, servers, source: tests.source.finished, target: tests.target.finished });
}
