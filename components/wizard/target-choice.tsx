"use client";

import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { useWizard, useWizardField } from "./wizard-context";
import { NEW_SERVER } from "./wizard-form";

const SECRETS = "body.properties.secretParameters";

/** Which server: a registered one, or one to register. Choosing brings its login and forgets the other's password. */
export function TargetChoice() {
  const { form, servers } = useWizard();
  const choice = useWizardField("target.choice");
  const choose = (value: string) => {
    choice.set(value);
    const server = servers.find((candidate) => candidate.resourceId === value);
    form.setValue(`${SECRETS}.targetServerUsername`, server?.administratorLogin ?? "");
    form.setValue(`${SECRETS}.adminCredentials.targetServerPassword`, "");
  };
  const another = {
    value: NEW_SERVER,
    label: "Another server…",
    detail: "Give its address; it is registered with the migration",
  };
  return (
    <Field
      label="Target server"
      id={choice.id}
      error={choice.error}
      help={servers.length === 0 ? "No server is registered yet." : undefined}
      className="col-span-full"
    >
      <Select
        value={choice.value}
        onValueChange={choose}
        placeholder="Choose a server"
        options={[...servers.map(optionOf), another]}
      />
    </Field>
  );
}

function optionOf(server: RegisteredServer) {
  const version = server.version ? `PostgreSQL ${server.version}` : "version not read yet";
  return {
    value: server.resourceId,
    label: server.name,
    detail: `${server.host}:${server.port}, ${version}`,
  };
}
