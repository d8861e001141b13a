"use client";

import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { SSL_MODE_LABELS } from "@/lib/migrations/labels";
import { SSL_MODES, type SslMode } from "@/lib/migrations/vocabulary";

const DETAILS: Record<SslMode, string> = {
  Prefer: "Encrypted when the server offers it",
  Require: "Encrypted, certificate not checked",
  VerifyCA: "Encrypted, certificate of a trusted authority",
  VerifyFull: "Encrypted, certificate issued for this host",
};

const OPTIONS = SSL_MODES.map((mode) => ({
  value: mode,
  label: SSL_MODE_LABELS[mode],
  detail: DETAILS[mode],
}));

interface SslModeFieldProps {
  id: string;
  value: SslMode;
  onChange: (mode: SslMode) => void;
}

/** How the connection is encrypted and whether the certificate is checked. */
export function SslModeField({ id, value, onChange }: SslModeFieldProps) {
  return (
    <Field label="SSL mode" id={id} help={`${DETAILS[value]}.`}>
      <Select value={value} onValueChange={(mode) => onChange(mode as SslMode)} options={OPTIONS} />
    </Field>
  );
}
