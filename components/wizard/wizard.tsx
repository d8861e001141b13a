"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useState } from "react";
import type { ServerList } from "@/lib/migrations/server-contract";
import { CancelWizard } from "./cancel-wizard";
import { ErrorSummary } from "./error-summary";
import { NextAside } from "./next-aside";
import { StepList } from "./step-list";
import { useServers } from "./use-servers";
import { useStartMigration } from "./use-start-migration";
import { useWizardModel } from "./use-wizard-model";
import { STEP_HEADING_ID } from "./use-wizard-step";
import { WizardProvider } from "./wizard-context";
import { WizardFooter } from "./wizard-footer";
import { WizardStepView } from "./wizard-step-view";
import { nextStep, previousStep } from "./wizard-steps";
import { wizardView } from "./wizard-view";

/** Creates a migration in five steps. Nothing is sent to a server before the last one but connection tests. */
export function Wizard({ initialServers }: { initialServers: ServerList }) {
  const router = useRouter();
  const { servers } = useServers(initialServers);
  const model = useWizardModel(servers);
  const starting = useStartMigration();
  const [leaving, setLeaving] = useState(false);
  const { step, goTo, values } = model;
  const view = wizardView(model);
  const { isDirty } = model.form.formState;
  const back = previousStep(step);
  useUnloadWarning(isDirty && !starting.started);

  const next = async (event: FormEvent) => {
    event.preventDefault();
    const following = nextStep(step);
    if (step !== "summary") {
      if ((await model.validate(step)) && following) goTo(following);
      return;
    }
    const outcome = await starting.start(values, servers);
    if (outcome === "name-taken")
      model.refuseName("The target already has a migration of this name. Choose another.");
    if (outcome === "failed") window.scrollTo({ top: 0 });
  };

  return (
    <WizardProvider value={model}>
      <form
        onSubmit={(event) => void next(event)}
        noValidate
        aria-labelledby={STEP_HEADING_ID}
        className="flex flex-1 flex-col"
      >
        <div className="grid max-w-320 items-start gap-4 pb-8 md:grid-cols-[200px_minmax(0,1fr)] md:gap-8 xl:grid-cols-[208px_minmax(0,720px)_minmax(0,272px)]">
          <StepList current={step} complete={model.complete} goTo={goTo} />
          <div className="grid min-w-0 content-start gap-6">
            <ErrorSummary issues={model.issues} show={model.showIssue} />
            <WizardStepView step={step} warnings={view.warnings} failure={starting.failure} />
          </div>
          <NextAside texts={view.texts}>{NOTES[step]}</NextAside>
        </div>
        <WizardFooter
          onCancel={() => (isDirty ? setLeaving(true) : router.push("/"))}
          onBack={back ? () => goTo(back) : null}
          nextLabel={view.nextLabel}
          blocked={view.blocked}
          pending={starting.pending}
        />
      </form>
      <CancelWizard open={leaving} onOpenChange={setLeaving} />
    </WizardProvider>
  );
}

const NETWORK_NOTE = (
  <p>
    <b className="font-medium text-fg">Network.</b> The test runs where the copy will run, so what passes here
    also works during the migration.
  </p>
);

const NOTES = {
  setup: null,
  source: NETWORK_NOTE,
  target: NETWORK_NOTE,
  databases: null,
  summary: (
    <p>
      <b className="font-medium text-fg">On the source</b> no row and no table is changed. Canceling stops at
      once and says what remains on the target.
    </p>
  ),
};

/** Lets the browser ask before a filled form is lost by closing or reloading the page. */
function useUnloadWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [active]);
}
