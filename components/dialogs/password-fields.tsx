"use client";

import { Field } from "@/components/ui/field";
import { PasswordInput } from "@/components/ui/password-input";
import type { MigrationDetails } from "@/lib/migrations/read-model";

/** Both passwords as typed. */
export interface Passwords {
  source: string;
  target: string;
}

export const NO_PASSWORDS: Passwords = { source: "", target: "" };

/** Why a wish that needs both passwords cannot be sent yet; undefined when it can. */
export function missingPasswords({ source, target }: Passwords): string | undefined {
  if (source === "" && target === "") return "Enter both passwords";
  if (source === "") return "Enter the source's password";
  return target === "" ? "Enter the target's password" : undefined;
}

/** The passwords as the ARM body carries them. */
export function secretParametersOf({ source, target }: Passwords) {
  return { adminCredentials: { sourceServerPassword: source, targetServerPassword: target } };
}

interface PasswordFieldsProps {
  migration: MigrationDetails;
  value: Passwords;
  onChange: (value: Passwords) => void;
}

/** Asks for both passwords again. They stay in the page's memory and are sent with the wish only. */
export function PasswordFields({ migration, value, onChange }: PasswordFieldsProps) {
  return (
    <div className="grid gap-3">
      <p className="text-table text-muted">
        Both passwords are needed: Howdah deleted its own copies when the migration ended.
      </p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Source password" help={loginText(migration.sourceUser, migration.sourceHost)}>
          <PasswordInput
            value={value.source}
            onChange={(event) => onChange({ ...value, source: event.target.value })}
            autoComplete="section-source current-password"
            required
          />
        </Field>
        <Field label="Target password" help={loginText(migration.targetUser, migration.targetHost)}>
          <PasswordInput
            value={value.target}
            onChange={(event) => onChange({ ...value, target: event.target.value })}
            autoComplete="section-target current-password"
            required
          />
        </Field>
      </div>
    </div>
  );
}

function loginText(user: string, host: string) {
  return (
    <span className="wrap-anywhere">
      {user} on {host}
    </span>
  );
}
