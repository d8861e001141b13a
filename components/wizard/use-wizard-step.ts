"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useRef } from "react";
import { type Completeness, reachableStep, stepPageTitle, type WizardStep } from "./wizard-steps";

/** Id of the step's heading, which takes the focus when the step changes. */
export const STEP_HEADING_ID = "wizard-heading";

/**
 * The step the URL asks for, as far as it can be reached, and the way to another. Changing the URL does not ask the
 * server, so nothing of the form leaves the browser.
 */
export function useWizardStep(complete: Completeness): {
  step: WizardStep;
  goTo: (step: WizardStep) => void;
} {
  const requested = useSearchParams().get("step");
  const step = reachableStep(requested, complete);
  const shown = useRef(step);

  useEffect(() => {
    if (requested !== step) window.history.replaceState(null, "", `?step=${step}`);
  }, [requested, step]);

  useEffect(() => {
    document.title = `${stepPageTitle(step)} · Howdah`;
    if (shown.current === step) return;
    shown.current = step;
    window.scrollTo({ top: 0 });
    document.getElementById(STEP_HEADING_ID)?.focus({ preventScroll: true });
  }, [step]);

  const goTo = useCallback((next: WizardStep) => window.history.pushState(null, "", `?step=${next}`), []);
  return { step, goTo };
}
