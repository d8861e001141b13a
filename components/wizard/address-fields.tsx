"use client";

import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useWizardField } from "./wizard-context";

/** Host and port of one side. */
export function AddressFields({ side }: { side: "source" | "target" }) {
  const host = useWizardField(`${side}.host`);
  const port = useWizardField(`${side}.port`);
  return (
    <div className="col-span-full grid grid-cols-[minmax(0,1fr)_88px] items-start gap-4 sm:grid-cols-[minmax(0,1fr)_112px]">
      <Field
        label={side === "source" ? "Server name" : "Host"}
        id={host.id}
        error={host.error}
        help="Host name or IP address."
      >
        <Input
          value={host.value}
          onChange={(event) => host.set(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field label="Port" id={port.id} error={port.error}>
        <Input
          value={port.value}
          onChange={(event) => port.set(event.target.value)}
          inputMode="numeric"
          autoComplete="off"
          required
        />
      </Field>
    </div>
  );
}
