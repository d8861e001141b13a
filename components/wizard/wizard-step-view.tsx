import type { RefusedRequest } from "./arm-requests";
import { DatabasesStep } from "./databases-step";
import { SetupStep } from "./setup-step";
import { SourceStep } from "./source-step";
import { SummaryStep } from "./summary-step";
import type { SummaryWarning } from "./summary-warnings";
import { TargetStep } from "./target-step";
import type { WizardStep } from "./wizard-steps";

interface WizardStepViewProps {
  step: WizardStep;
  warnings: readonly SummaryWarning[];
  failure: RefusedRequest | null;
}

/** The one step that is shown; the others are not in the page at all. */
export function WizardStepView({ step, warnings, failure }: WizardStepViewProps) {
  switch (step) {
    case "setup":
      return <SetupStep />;
    case "source":
      return <SourceStep />;
    case "target":
      return <TargetStep />;
    case "databases":
      return <DatabasesStep />;
    case "summary":
      return <SummaryStep warnings={warnings} failure={failure} />;
  }
}
