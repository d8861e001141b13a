"use client";

import { createContext, type ReactNode, use, useId } from "react";
import { classNames } from "./class-names";
import { Icon } from "./icon";

interface FieldIds {
  controlId: string;
  describedBy: string | undefined;
  invalid: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

/** Attributes that tie a control to the Field around it; empty outside of one. */
export function useFieldControl(): {
  id?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: true | undefined;
} {
  const field = use(FieldContext);
  if (!field) return {};
  return {
    id: field.controlId,
    "aria-describedby": field.describedBy,
    "aria-invalid": field.invalid || undefined,
  };
}

interface FieldProps {
  label: ReactNode;
  /** Id of the control; error summaries link to it. */
  id?: string;
  optional?: boolean;
  help?: ReactNode;
  /** Tone of `help`; "ok" adds a tick. */
  helpTone?: "muted" | "ok" | "warn";
  error?: string | undefined;
  className?: string;
  children: ReactNode;
}

/** A control with its label, a help line and, when invalid, an error line; the ids are wired for the control inside. */
export function Field({
  label,
  id,
  optional,
  help,
  helpTone = "muted",
  error,
  className,
  children,
}: FieldProps) {
  const generatedId = useId();
  const controlId = id ?? generatedId;
  const helpId = help && !error ? `${controlId}-help` : undefined;
  const errorId = error ? `${controlId}-error` : undefined;
  return (
    <FieldContext value={{ controlId, describedBy: errorId ?? helpId, invalid: error !== undefined }}>
      <div className={classNames("grid min-w-0 content-start gap-1", className)}>
        <label htmlFor={controlId} className="w-fit font-medium">
          {label}
          {optional && <span className="font-normal text-muted"> (optional)</span>}
        </label>
        {children}
        {error ? (
          <p id={errorId} className="flex gap-1 text-caption text-bad">
            <Icon name="failed" size={14} className="mt-px" />
            {error}
          </p>
        ) : (
          help && (
            <p id={helpId} className={classNames("flex gap-1 text-caption", TONES[helpTone])}>
              {helpTone === "ok" && <Icon name="check" size={14} className="mt-px" />}
              {helpTone === "warn" && <Icon name="warning" size={14} className="mt-px" />}
              <span className="min-w-0">{help}</span>
            </p>
          )
        )}
      </div>
    </FieldContext>
  );
}

const TONES = { muted: "text-muted", ok: "text-ok", warn: "text-warn" };
