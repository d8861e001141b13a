"use client";

import { useEffect } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { AddressFields } from "./address-fields";
import { CertificateField } from "./certificate-field";
import { verifies } from "./create-request";
import { suggestServerName } from "./server-name";
import { SslModeField } from "./ssl-mode-field";
import { useWizard, useWizardField } from "./wizard-context";

/** Address, name and SSL mode of a server that is not registered yet. */
export function NewServerFields() {
  const { form, values, servers } = useWizard();
  const name = useWizardField("target.name");
  const ssl = useWizardField("target.sslMode");
  const certificate = useWizardField("target.caCertificate");
  const { host } = values.target;
  const named = form.getFieldState("target.name", form.formState).isDirty;

  useEffect(() => {
    if (named) return;
    const taken = servers.map((server) => server.name);
    form.setValue("target.name", suggestServerName(host, taken), { shouldDirty: false });
  }, [form, host, named, servers]);

  return (
    <>
      <AddressFields side="target" />
      <Field
        label="Name"
        id={name.id}
        error={name.error}
        help="How Howdah lists it. Letters, digits and hyphens."
      >
        <Input
          value={name.value}
          onChange={(event) => name.set(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
        />
      </Field>
      <SslModeField id={ssl.id} value={ssl.value} onChange={ssl.set} />
      {verifies(ssl.value) && (
        <CertificateField
          id={certificate.id}
          value={certificate.value}
          error={certificate.error}
          onChange={certificate.set}
        />
      )}
    </>
  );
}
