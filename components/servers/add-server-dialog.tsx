"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Note } from "@/components/ui/note";
import { PasswordInput } from "@/components/ui/password-input";
import { announceSuccess } from "@/components/ui/toaster";
import { putResource, RefusedRequest } from "@/components/wizard/arm-requests";
import { CertificateField } from "@/components/wizard/certificate-field";
import { SslModeField } from "@/components/wizard/ssl-mode-field";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import {
  EMPTY_SERVER,
  type NewServerField,
  type NewServerForm,
  serverIssues,
  serverRequest,
} from "./new-server-form";

const FORM_ID = "add-server";

interface AddServerDialogProps {
  /** What is known already; empty fields otherwise. */
  initial?: NewServerForm;
  servers: readonly RegisteredServer[];
  onClose: () => void;
  /** Called once the server is registered. */
  onAdded: () => void;
}

/** Registers a target server. Mounted only while open, so that a password does not outlive it. */
export function AddServerDialog({ initial = EMPTY_SERVER, servers, onClose, onAdded }: AddServerDialogProps) {
  const [form, setForm] = useState<NewServerForm>(initial);
  const [issues, setIssues] = useState<Partial<Record<NewServerField, string>>>({});
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<RefusedRequest | null>(null);
  const change = (changes: Partial<NewServerForm>) => {
    const next = { ...form, ...changes };
    setForm(next);
    // Errors go when they are mended; new ones wait for the next attempt.
    const left = serverIssues(next, servers);
    setIssues(Object.fromEntries(Object.entries(issues).filter(([field]) => field in left)));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = serverIssues(form, servers);
    setIssues(found);
    const [first] = FIELD_ORDER.filter((field) => field in found);
    if (first) {
      document.getElementById(`${FORM_ID}-${first}`)?.focus();
      return;
    }
    setPending(true);
    setFailure(null);
    try {
      const { resourceId, body } = serverRequest(form);
      await putResource(resourceId, body);
      announceSuccess("Server added", form.name);
      onAdded();
      onClose();
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      setFailure(error);
    } finally {
      setPending(false);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button type="submit" form={FORM_ID} variant="primary" pending={pending}>
        Add server
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add a target server"
      description="Any PostgreSQL server that shall receive databases."
      footer={footer}
    >
      <form
        id={FORM_ID}
        noValidate
        onSubmit={(event) => void submit(event)}
        className="grid gap-4 sm:grid-cols-2"
      >
        {failure && (
          <Note tone="bad" role="alert" title="The server was not added" className="col-span-full">
            <p className="wrap-anywhere">
              {failure.message} {failure.remedy} <code className="text-muted">{failure.code}</code>
            </p>
          </Note>
        )}
        <TextField field="host" label="Host" form={form} issues={issues} change={change} />
        <TextField field="port" label="Port" form={form} issues={issues} change={change} />
        <TextField field="name" label="Name" form={form} issues={issues} change={change} />
        <SslModeField
          id={`${FORM_ID}-sslMode`}
          value={form.sslMode}
          onChange={(sslMode) => change({ sslMode })}
        />
        {(form.sslMode === "VerifyCA" || form.sslMode === "VerifyFull") && (
          <CertificateField
            id={`${FORM_ID}-caCertificate`}
            value={form.caCertificate}
            error={issues.caCertificate}
            onChange={(caCertificate) => change({ caCertificate })}
          />
        )}
        <TextField field="login" label="Administrator login" form={form} issues={issues} change={change} />
        <Field
          label="Password"
          optional
          id={`${FORM_ID}-password`}
          help="Used once to read version and size; not stored."
        >
          <PasswordInput
            value={form.password}
            onChange={(event) => change({ password: event.target.value })}
            autoComplete="off"
          />
        </Field>
      </form>
    </Dialog>
  );
}

const FIELD_ORDER: readonly NewServerField[] = ["host", "port", "name", "caCertificate", "login"];

interface TextFieldProps {
  field: "host" | "port" | "name" | "login";
  label: string;
  form: NewServerForm;
  issues: Partial<Record<NewServerField, string>>;
  change: (changes: Partial<NewServerForm>) => void;
}

function TextField({ field, label, form, issues, change }: TextFieldProps) {
  return (
    <Field label={label} id={`${FORM_ID}-${field}`} error={issues[field]}>
      <Input
        value={form[field]}
        onChange={(event) => change({ [field]: event.target.value })}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        required
      />
    </Field>
  );
}
