"use client";

import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { useWizard } from "./wizard-context";
import type { WizardStep } from "./wizard-steps";

interface SummarySectionProps {
  title: string;
  step: WizardStep;
  children: ReactNode;
}

/** One section of the summary with the way to the step it comes from. */
export function SummarySection({ title, step, children }: SummarySectionProps) {
  const { goTo } = useWizard();
  return (
    <Panel
      title={title}
      aside={
        <Button size="small" aria-label={`Edit ${title.toLowerCase()}`} onClick={() => goTo(step)}>
          Edit
        </Button>
      }
    >
      {children}
    </Panel>
  );
}
