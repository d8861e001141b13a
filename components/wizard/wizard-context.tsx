"use client";

import { createContext, use } from "react";
import { type FieldPathValue, type UseFormReturn, useController } from "react-hook-form";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import type { NameAvailability } from "./name-availability";
import type { Side } from "./test-result";
import type { ConnectionTest } from "./use-connection-test";
import type { WizardField, WizardForm } from "./wizard-form";
import type { WizardStep } from "./wizard-steps";

/** What the steps share. */
export interface Wizard {
  form: UseFormReturn<WizardForm>;
  /** The form's present values. */
  values: WizardForm;
  servers: readonly RegisteredServer[];
  tests: Record<Side, ConnectionTest>;
  nameAvailability: NameAvailability;
  goTo: (step: WizardStep) => void;
  /** Checks the fields of that side, then tests its connection. */
  runTest: (side: Side) => void;
}

const WizardContext = createContext<Wizard | null>(null);
export const WizardProvider = WizardContext.Provider;

/** The wizard around the calling step. */
export function useWizard(): Wizard {
  const wizard = use(WizardContext);
  if (!wizard) throw new Error("A step is shown outside of the wizard.");
  return wizard;
}

export interface WizardFieldState<F extends WizardField> {
  /** Id of the control; error summaries link to it. */
  id: string;
  value: FieldPathValue<WizardForm, F>;
  error: string | undefined;
  /** Sets the value; a shown error goes as soon as the value is right. */
  set: (value: FieldPathValue<WizardForm, F>) => void;
}

/** One field of the form. */
export function useWizardField<F extends WizardField>(name: F): WizardFieldState<F> {
  const { form } = useWizard();
  const { field, fieldState } = useController({ control: form.control, name });
  const error = fieldState.error?.message;
  return {
    id: fieldId(name),
    value: field.value,
    error,
    set: (value) => {
      field.onChange(value);
      if (error !== undefined) void form.trigger(name);
    },
  };
}

/** Id of a field's control. */
export function fieldId(name: WizardField): string {
  return `wizard-${name.replaceAll(".", "-")}`;
}
