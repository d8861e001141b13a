"use client";

import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { useWizardField } from "./wizard-context";

const FIELDS = {
  source: {
    login: "source.user",
    password: "body.properties.secretParameters.adminCredentials.sourceServerPassword",
  },
  target: {
    login: "body.properties.secretParameters.targetServerUsername",
    password: "body.properties.secretParameters.adminCredentials.targetServerPassword",
  },
} as const;

/** Login and password of one side. The password stays in the page's memory and is sent only to test and to start. */
export function CredentialFields({ side }: { side: "source" | "target" }) {
  const login = useWizardField(FIELDS[side].login);
  const password = useWizardField(FIELDS[side].password);
  return (
    <>
      <Field label="Administrator login" id={login.id} error={login.error}>
        <Input
          value={login.value}
          onChange={(event) => login.set(event.target.value)}
          autoComplete={`section-${side} username`}
          autoCapitalize="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field label="Password" id={password.id} error={password.error}>
        <PasswordInput
          value={password.value}
          onChange={(event) => password.set(event.target.value)}
          autoComplete={`section-${side} current-password`}
          required
        />
      </Field>
    </>
  );
}
