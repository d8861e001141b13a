import type { MouseEvent } from "react";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { type Completeness, reachableStep, STEP_TEXTS, WIZARD_STEPS, type WizardStep } from "./wizard-steps";

interface StepListProps {
  current: WizardStep;
  complete: Completeness;
  goTo: (step: WizardStep) => void;
}

const ITEM =
  "grid grid-cols-[20px_minmax(0,1fr)] items-center gap-2.5 rounded-md px-2 py-1.5 font-medium max-md:p-1";
const NUMBER = "grid size-5 place-items-center rounded-full border text-[11px] leading-none font-semibold";

/** The five steps; those that can be reached are links. */
export function StepList({ current, complete, goTo }: StepListProps) {
  return (
    <nav aria-label="Steps" className="md:sticky md:top-18">
      <ol className="grid gap-0.5 max-md:flex max-md:items-center max-md:gap-1">
        {WIZARD_STEPS.map((step, index) => (
          <li key={step} className={classNames(step === current && "min-w-0")}>
            {step === current ? (
              <span aria-current="step" className={classNames(ITEM, "bg-hover max-md:gap-2 max-md:pr-2.5")}>
                <span
                  aria-hidden="true"
                  className={classNames(NUMBER, "border-transparent bg-solid text-on-solid")}
                >
                  {index + 1}
                </span>
                <span className="max-md:truncate">{STEP_TEXTS[step].label}</span>
              </span>
            ) : reachableStep(step, complete) === step ? (
              <StepLink
                step={step}
                number={index + 1}
                done={step !== "summary" && complete[step]}
                goTo={goTo}
              />
            ) : (
              <span className={classNames(ITEM, "text-muted max-md:gap-0")}>
                <span aria-hidden="true" className={classNames(NUMBER, "border-control")}>
                  {index + 1}
                </span>
                <span className="max-md:sr-only">
                  {STEP_TEXTS[step].label}
                  <span className="sr-only">, not yet available</span>
                </span>
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface StepLinkProps {
  step: WizardStep;
  number: number;
  done: boolean;
  goTo: (step: WizardStep) => void;
}

function StepLink({ step, number, done, goTo }: StepLinkProps) {
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    goTo(step);
  };
  return (
    <a href={`?step=${step}`} onClick={open} className={classNames(ITEM, "hover:bg-hover max-md:gap-0")}>
      <span
        aria-hidden="true"
        className={classNames(NUMBER, done ? "border-ok bg-ok-tint text-ok" : "border-control text-muted")}
      >
        {done ? <Icon name="check" size={12} className="stroke-2" /> : number}
      </span>
      <span className="max-md:sr-only">
        {STEP_TEXTS[step].label}
        {done && <span className="sr-only">, done</span>}
      </span>
    </a>
  );
}
