"use client";

import { type FormEvent, useState } from "react";
import { DialogFailure } from "@/components/dialogs/dialog-failure";
import {
  type LimitsForm,
  limitsFormOf,
  limitsProblems,
  NO_LIMITS,
  throttleOf,
} from "@/components/dialogs/limits-form";
import { useWish } from "@/components/dialogs/use-wish";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useInvalidFocus } from "@/components/ui/use-invalid-focus";
import type { MigrationDetails, VerificationSummary } from "@/lib/migrations/read-model";
import { useVerification, verificationUrl } from "./use-verification-items";
import { patchVerification } from "./verification-requests";

interface VerificationLimitsProps {
  migration: MigrationDetails;
  verification: VerificationSummary;
  onOpenChange: (open: boolean) => void;
  /** The wish was stored. */
  onDone: () => void;
}

const FORM_ID = "verification-limits";

/** Sets how much of the servers a running verification may take. */
export function VerificationLimits({
  migration,
  verification,
  onOpenChange,
  onDone,
}: VerificationLimitsProps) {
  const { data } = useVerification(verificationUrl(migration.id, verification.id));
  const [typed, setTyped] = useState<LimitsForm | null>(null);
  const form = typed ?? (data ? limitsFormOf(data.throttle) : NO_LIMITS);
  const problems = limitsProblems(form);
  const [attempts, setAttempts] = useState(0);
  const formRef = useInvalidFocus(attempts);
  const wish = useWish(
    () => patchVerification(migration.resourceId, verification.id, { throttle: throttleOf(form) }),
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAttempts(attempts + 1);
    if (Object.keys(problems).length === 0) wish.send();
  };
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title="Limits of the verification"
      description="They apply within seconds, without a restart. An empty field is no limit."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Close</Button>
          <Button type="submit" form={FORM_ID} variant="primary" pending={wish.pending}>
            Apply limits
          </Button>
        </>
      }
    >
      <form ref={formRef} id={FORM_ID} onSubmit={submit} noValidate className="grid gap-4 sm:grid-cols-2">
        <Field label="Rate in MB/s" help="Read from each server" error={problems.megabytesPerSecond}>
          <Input
            inputMode="decimal"
            autoComplete="off"
            placeholder="No limit"
            value={form.megabytesPerSecond}
            onChange={(event) => setTyped({ ...form, megabytesPerSecond: event.target.value })}
          />
        </Field>
        <Field label="Connections" help="On each server" error={problems.connections}>
          <Input
            inputMode="numeric"
            autoComplete="off"
            placeholder="No limit"
            value={form.connections}
            onChange={(event) => setTyped({ ...form, connections: event.target.value })}
          />
        </Field>
      </form>
      <DialogFailure failure={wish.failure} />
    </Dialog>
  );
}
