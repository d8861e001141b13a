"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import {
  type AzureAccountView,
  type AzurePrincipalBody,
  azurePrincipalBody,
} from "@/lib/migrations/azure-contract";
import { changeAzureAccount } from "./azure-requests";
import { RequestNote } from "./request-note";

const EMPTY: AzurePrincipalBody = { tenantId: "", clientId: "", clientSecret: "" };

interface AzureSignInProps {
  account: AzureAccountView;
  /** Called once Howdah signs in as somebody else. */
  onChanged: () => void;
  onCancel: () => void;
}

/** Lets an administrator enter the service principal Howdah signs in to Azure as, or forget it. */
export function AzureSignIn({ account, onChanged, onCancel }: AzureSignInProps) {
  const [form, setForm] = useState(EMPTY);
  const [issues, setIssues] = useState<Partial<Record<keyof AzurePrincipalBody, string>>>({});
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);
  const change = async (principal: AzurePrincipalBody | null) => {
    setPending(true);
    setFailure(null);
    try {
      await changeAzureAccount(principal);
      onChanged();
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setPending(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = azurePrincipalBody.safeParse(form);
    setIssues(
      Object.fromEntries((parsed.error?.issues ?? []).map(({ path, message }) => [path[0], message])),
    );
    if (parsed.success) void change(parsed.data);
  };
  const field = (name: keyof AzurePrincipalBody) => ({
    value: form[name],
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
    autoComplete: "off",
  });
  return (
    <form noValidate onSubmit={submit} className="grid gap-4">
      {failure && <RequestNote error={failure} title="The sign-in was not changed" />}
      <Field label="Directory (tenant) id" id="azure-tenantId" error={issues.tenantId}>
        <Input {...field("tenantId")} spellCheck={false} />
      </Field>
      <Field label="Application (client) id" id="azure-clientId" error={issues.clientId}>
        <Input {...field("clientId")} spellCheck={false} />
      </Field>
      <Field
        label="Client secret"
        id="azure-clientSecret"
        error={issues.clientSecret}
        help="Kept sealed in Howdah's store, and never shown again."
      >
        <PasswordInput {...field("clientSecret")} />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" pending={pending}>
          Sign in
        </Button>
        {account.principal && (
          <Button onClick={() => void change(null)} disabled={pending}>
            Use the machine's own sign-in
          </Button>
        )}
        <Button variant="quiet" onClick={onCancel}>
          Back
        </Button>
      </div>
    </form>
  );
}
