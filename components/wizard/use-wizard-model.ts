"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useState } from "react";
import { useForm, useFormState } from "react-hook-form";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { fieldIssues, wizardCompleteness } from "./completeness";
import { targetResourceId, targetServer } from "./create-request";
import { ERROR_SUMMARY_ID } from "./error-summary";
import { type Side, sourceTestInput, targetTestInput } from "./test-result";
import { useConnectionTest } from "./use-connection-test";
import { useNameAvailability } from "./use-name-availability";
import { useWizardStep } from "./use-wizard-step";
import { fieldId, type Wizard } from "./wizard-context";
import {
  EMPTY_FORM,
  type FieldIssue,
  NEW_SERVER,
  STEP_FIELDS,
  type WizardForm,
  wizardForm,
} from "./wizard-form";
import { type Completeness, type InputStep, WIZARD_STEPS, type WizardStep } from "./wizard-steps";

export interface WizardModel extends Wizard {
  step: WizardStep;
  complete: Completeness;
  issues: readonly FieldIssue[];
  /** Shows what is wrong with a step; true when nothing is. */
  validate: (step: InputStep) => Promise<boolean>;
  /** Shows that the migration name is taken, on the step of the name. */
  refuseName: (message: string) => void;
  showIssue: (issue: FieldIssue) => void;
}

/** All state of the wizard. It lives as long as the page: passwords are nowhere else. */
export function useWizardModel(servers: readonly RegisteredServer[]): WizardModel {
  const form = useForm<WizardForm>({ defaultValues: EMPTY_FORM, resolver: zodResolver(wizardForm) });
  const values = form.watch();
  // Subscribes to errors from the first render on; a first look at them later would find an old state.
  const formState = useFormState({ control: form.control });
  void formState.errors;
  const tests = { source: useConnectionTest(), target: useConnectionTest() };
  const facts = { values, servers, source: tests.source.finished, target: tests.target.finished };
  const complete = wizardCompleteness(facts);
  const { step, goTo } = useWizardStep(complete);
  const [shown, setShown] = useState<{ step: WizardStep; issues: FieldIssue[] }>({ step, issues: [] });
  const nameAvailability = useNameAvailability(values.name, chosenTarget(values, servers));

  const showIssues = (at: WizardStep, issues: FieldIssue[]) => {
    setShown({ step: at, issues });
    for (const { field, message } of issues) form.setError(field, { type: "rule", message });
  };

  // After the summary is in the page, not before.
  useEffect(() => {
    if (shown.issues.length > 0) document.getElementById(ERROR_SUMMARY_ID)?.focus();
  }, [shown]);

  const validate = async (at: InputStep): Promise<boolean> => {
    const issues = fieldIssues(form.getValues(), servers, at);
    if ((at === "setup" || at === "target") && nameAvailability.state === "taken") {
      issues.push({ field: "name", message: nameAvailability.message });
    }
    await form.trigger([...STEP_FIELDS[at]]);
    showIssues(at, issues);
    return issues.length === 0;
  };

  const runTest = (side: Side) => {
    void validate(side).then((valid) => {
      const current = form.getValues();
      const input = side === "source" ? sourceTestInput(current) : targetTestInput(current, servers);
      if (valid && input) void tests[side].run(input);
    });
  };

  const refuseName = (message: string) => {
    goTo("setup");
    showIssues("setup", [{ field: "name", message }]);
  };

  const showIssue = (issue: FieldIssue) => {
    const owner = WIZARD_STEPS.find((name) => name !== "summary" && STEP_FIELDS[name].includes(issue.field));
    if (owner && owner !== step) goTo(owner);
    focusLater(fieldId(issue.field));
  };

  const issues =
    shown.step === step ? shown.issues.filter(({ field }) => form.getFieldState(field, formState).error) : [];
  return {
    form,
    values,
    servers,
    tests,
    nameAvailability,
    goTo,
    runTest,
    step,
    complete,
    issues,
    validate,
    refuseName,
    showIssue,
  };
}

function chosenTarget(values: WizardForm, servers: readonly RegisteredServer[]) {
  const resourceId = targetResourceId(values);
  const server = targetServer(values, servers);
  if (!resourceId || !server) return null;
  return { resourceId, name: server.name, registered: values.target.choice !== NEW_SERVER };
}

/** Focuses an element that is about to be rendered. */
function focusLater(id: string): void {
  setTimeout(() => document.getElementById(id)?.focus(), 50);
}
