"use client";

import { type FormEvent, type ReactNode, useState } from "react";
import { DialogFailure } from "@/components/dialogs/dialog-failure";
import { useWish } from "@/components/dialogs/use-wish";
import { Button } from "@/components/ui/button";
import { CheckboxField } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, TextArea } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { useInvalidFocus } from "@/components/ui/use-invalid-focus";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { startVerification } from "./verification-requests";
import { readVerifyForm, type VerifyField, type VerifyForm } from "./verify-form";

interface VerifyDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** It was queued. */
  onDone: () => void;
}

/** Asks what to compare and for the passwords, which were deleted when the migration ended. */
export function VerifyDialog({ migration, open, onOpenChange, onDone }: VerifyDialogProps) {
  const [form, setForm] = useState<VerifyForm>(() => emptyForm(migration));
  const [attempts, setAttempts] = useState(0);
  const formRef = useInvalidFocus(attempts);
  const read = readVerifyForm(form, migration.databases);
  const errors = attempts > 0 ? (read.errors ?? {}) : {};
  const wish = useWish(async () => {
    if (read.body) await startVerification(migration.resourceId, read.body);
  }, onDone);
  const set = (field: VerifyField) => (value: string) => setForm({ ...form, [field]: value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAttempts(attempts + 1);
    if (read.body && !wish.pending) wish.send();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Verify ${migration.name}`}
      description="Compares both sides. It only reads and locks nothing."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Close</Button>
          <Button type="submit" form={FORM_ID} variant="primary" pending={wish.pending}>
            Start verification
          </Button>
        </>
      }
    >
      <form ref={formRef} id={FORM_ID} noValidate onSubmit={submit} className="grid gap-4">
        {migration.databases.length > 1 && (
          <DatabaseChoice
            all={migration.databases}
            chosen={form.databases}
            error={errors.databases}
            onChange={(databases) => setForm({ ...form, databases })}
          />
        )}
        <Login
          legend="Source server"
          host={`${migration.sourceHost}:${migration.sourcePort}`}
          user={{ value: form.sourceUser, error: errors.sourceUser, set: set("sourceUser") }}
          password={{ value: form.sourcePassword, error: errors.sourcePassword, set: set("sourcePassword") }}
        />
        <Login
          legend="Target server"
          host={`${migration.targetHost}:${migration.targetPort}`}
          user={{ value: form.targetUser, error: errors.targetUser, set: set("targetUser") }}
          password={{ value: form.targetPassword, error: errors.targetPassword, set: set("targetPassword") }}
        />
        <p className="text-caption text-muted">
          The passwords are sealed while the verification runs and deleted when it ends. A login that may read
          everything is enough.
        </p>
        <Limits form={form} errors={errors} set={set} />
      </form>
      <DialogFailure failure={wish.failure} />
    </Dialog>
  );
}

const FORM_ID = "verify-form";

function emptyForm(migration: MigrationDetails): VerifyForm {
  return {
    databases: migration.databases,
    tables: "",
    megabytesPerSecond: "",
    connections: "",
    sourceUser: migration.sourceUser,
    sourcePassword: "",
    targetUser: migration.targetUser,
    targetPassword: "",
  };
}

function DatabaseChoice({
  all,
  chosen,
  error,
  onChange,
}: {
  all: readonly string[];
  chosen: readonly string[];
  error: string | undefined;
  onChange: (databases: string[]) => void;
}) {
  return (
    <FieldSet legend="Databases">
      <div className="grid max-h-40 gap-1.5 overflow-y-auto py-1 pl-1 sm:grid-cols-2">
        {all.map((name) => (
          <CheckboxField
            key={name}
            label={<span className="font-normal wrap-anywhere">{name}</span>}
            checked={chosen.includes(name)}
            onCheckedChange={(checked) =>
              onChange(all.filter((each) => (each === name ? checked : chosen.includes(each))))
            }
          />
        ))}
      </div>
      {error && <p className="text-caption text-bad">{error}</p>}
    </FieldSet>
  );
}

interface TextField {
  value: string;
  error: string | undefined;
  set: (value: string) => void;
}

function Login(props: { legend: string; host: string; user: TextField; password: TextField }) {
  const { legend, host, user, password } = props;
  return (
    <FieldSet legend={legend} aside={<code>{host}</code>}>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Login" error={user.error}>
          <Input
            value={user.value}
            onChange={(event) => user.set(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            required
          />
        </Field>
        <Field label="Password" error={password.error}>
          <PasswordInput
            value={password.value}
            onChange={(event) => password.set(event.target.value)}
            autoComplete="off"
            required
          />
        </Field>
      </div>
    </FieldSet>
  );
}

function Limits({
  form,
  errors,
  set,
}: {
  form: VerifyForm;
  errors: Partial<Record<VerifyField, string>>;
  set: (field: VerifyField) => (value: string) => void;
}) {
  return (
    <>
      <Field
        label="Only these tables"
        optional
        error={errors.tables}
        help="One pattern a line, such as sales.* or public.orders. Empty: everything, with sequences, large objects and the schema."
      >
        <TextArea
          rows={2}
          value={form.tables}
          onChange={(event) => set("tables")(event.target.value)}
          autoCapitalize="off"
          spellCheck={false}
        />
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="At most MB/s" optional error={errors.megabytesPerSecond} help="Read from each server.">
          <Input
            inputMode="decimal"
            value={form.megabytesPerSecond}
            onChange={(event) => set("megabytesPerSecond")(event.target.value)}
          />
        </Field>
        <Field label="Connections" optional error={errors.connections} help="On each server; 1 to 64.">
          <Input
            inputMode="numeric"
            value={form.connections}
            onChange={(event) => set("connections")(event.target.value)}
          />
        </Field>
      </div>
    </>
  );
}

function FieldSet({ legend, aside, children }: { legend: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <fieldset className="grid min-w-0 gap-1.5">
      <legend className="mb-1 font-semibold">
        {legend} {aside && <span className="ml-1 font-normal text-muted">{aside}</span>}
      </legend>
      {children}
    </fieldset>
  );
}
