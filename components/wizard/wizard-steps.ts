/** The five steps of the wizard, in order. */
export const WIZARD_STEPS = ["setup", "source", "target", "databases", "summary"] as const;
export type WizardStep = (typeof WIZARD_STEPS)[number];

/** Steps that can be complete or not; the summary only shows. */
export type InputStep = Exclude<WizardStep, "summary">;
export type Completeness = Record<InputStep, boolean>;

interface StepText {
  /** In the list of steps and on the button that leads there. */
  label: string;
  /** Heading of the step and title of the page. */
  title: string;
}

export const STEP_TEXTS: Record<WizardStep, StepText> = {
  setup: { label: "Setup", title: "Setup" },
  source: { label: "Connect to source", title: "Connect to source" },
  target: { label: "Select migration target", title: "Connect to target" },
  databases: { label: "Select databases", title: "Select databases for migration" },
  summary: { label: "Summary", title: "Summary" },
};

/**
 * The step to show when the URL asks for `requested`: that one when all before it are complete, else the first that is
 * not. Unknown words count as the first step.
 */
export function reachableStep(requested: string | null, complete: Completeness): WizardStep {
  const wanted = (WIZARD_STEPS as readonly (string | null)[]).indexOf(requested);
  const firstOpen = WIZARD_STEPS.findIndex((step) => step === "summary" || !complete[step]);
  return WIZARD_STEPS[Math.min(Math.max(wanted, 0), firstOpen)] ?? "setup";
}

/** The step after `step`, or null. */
export function nextStep(step: WizardStep): WizardStep | null {
  return WIZARD_STEPS[WIZARD_STEPS.indexOf(step) + 1] ?? null;
}

/** The step before `step`, or null. */
export function previousStep(step: WizardStep): WizardStep | null {
  return WIZARD_STEPS[WIZARD_STEPS.indexOf(step) - 1] ?? null;
}

/** Title of the page: "Step 2 of 5: Connect to source". */
export function stepPageTitle(step: WizardStep): string {
  const number = WIZARD_STEPS.indexOf(step) + 1;
  return `Step ${number} of ${WIZARD_STEPS.length}: ${STEP_TEXTS[step].title}`;
}
