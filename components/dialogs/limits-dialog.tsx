"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useInvalidFocus } from "@/components/ui/use-invalid-focus";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { DialogFailure } from "./dialog-failure";
import { type LimitsForm, limitsFormOf, limitsProblems, NO_LIMITS, throttleOf } from "./limits-form";
import { patchMigration } from "./patch-migration";
import { useWish } from "./use-wish";

interface LimitsDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

/** Sets how much of the servers a migration may take. It goes on while the limits change. */
export function LimitsDialog({ migration, open, onOpenChange, onDone }: LimitsDialogProps) {
  const [form, setForm] = useState<LimitsForm>(() => limitsFormOf(migration.throttle));
  const [attempts, setAttempts] = useState(0);
  const checked = attempts > 0;
  const formRef = useInvalidFocus(attempts);
  const problems = limitsProblems(form);
  const wish = useWish(
    () => patchMigration(migration.resourceId, { howdah: { throttle: throttleOf(form) } }),
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAttempts(attempts + 1);
    if (Object.keys(problems).length === 0) wish.send();
  };
  const change = (part: Partial<LimitsForm>) => setForm({ ...form, ...part });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Limits of ${migration.name}`}
      description="They apply within seconds, without a restart. An empty field is no limit."
      footer={
        <>
          <Button className="sm:mr-auto" onClick={() => setForm(NO_LIMITS)}>
            Clear limits
          </Button>
          <Button type="submit" form={FORM_ID} variant="primary" pending={wish.pending}>
            Apply limits
          </Button>
        </>
      }
    >
      <form ref={formRef} id={FORM_ID} onSubmit={submit} noValidate className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Rate in MB/s"
          help="Table data over all connections"
          error={checked ? problems.megabytesPerSecond : undefined}
        >
          <Input
            inputMode="decimal"
            autoComplete="off"
            placeholder="No limit"
            value={form.megabytesPerSecond}
            onChange={(event) => change({ megabytesPerSecond: event.target.value })}
          />
        </Field>
        <Field
          label="Connections"
          help="Tables copied, and indexes built, at the same time"
          error={checked ? problems.connections : undefined}
        >
          <Input
            inputMode="numeric"
            autoComplete="off"
            placeholder="No limit"
            value={form.connections}
            onChange={(event) => change({ connections: event.target.value })}
          />
        </Field>
      </form>
      <DialogFailure failure={wish.failure} />
    </Dialog>
  );
}

const FORM_ID = "limits-form";
