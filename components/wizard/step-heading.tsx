import type { ReactNode } from "react";
import { STEP_HEADING_ID } from "./use-wizard-step";
import { STEP_TEXTS, type WizardStep } from "./wizard-steps";

/** Heading of a step with a sentence on it. */
export function StepHeading({ step, children }: { step: WizardStep; children: ReactNode }) {
  return (
    <div>
      <h1 id={STEP_HEADING_ID} tabIndex={-1} className="text-page">
        {STEP_TEXTS[step].title}
      </h1>
      <p className="mt-0.5 text-muted">{children}</p>
    </div>
  );
}
