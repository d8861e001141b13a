import { limitsProblems, throttleOf } from "@/components/dialogs/limits-form";
import { type VerifyInput, verifyBody } from "@/lib/migrations/verification";

/** What the dialog holds; it lives in the page's memory only. */
export interface VerifyForm {
  /** Chosen databases; empty is an error. */
  databases: readonly string[];
  /** Patterns, one a line. */
  tables: string;
  megabytesPerSecond: string;
  connections: string;
  sourceUser: string;
  sourcePassword: string;
  targetUser: string;
  targetPassword: string;
}

export type VerifyField = keyof VerifyForm;

/** The request a form stands for, or what is wrong with it, by field. */
export type ReadForm =
  | { body: VerifyInput; errors: null }
  | { body: null; errors: Partial<Record<VerifyField, string>> };

/** Reads the form; `all` are the migration's databases. */
export function readVerifyForm(form: VerifyForm, all: readonly string[]): ReadForm {
  const errors: Partial<Record<VerifyField, string>> = {};
  if (form.databases.length === 0) errors.databases = "Choose at least one database.";
  if (form.sourceUser.trim() === "") errors.sourceUser = "Enter the login.";
  if (form.targetUser.trim() === "") errors.targetUser = "Enter the login.";
  if (form.sourcePassword === "") errors.sourcePassword = "Enter the password.";
  if (form.targetPassword === "") errors.targetPassword = "Enter the password.";
  Object.assign(errors, limitsProblems(form));
  const body = bodyOf(form, all);
  const parsed = verifyBody.safeParse(body);
  for (const issue of parsed.error?.issues ?? []) {
    const field = fieldOf(issue.path.join("."));
    if (field) errors[field] ??= issue.message;
  }
  return Object.keys(errors).length === 0 ? { body, errors: null } : { body: null, errors };
}

function bodyOf(form: VerifyForm, all: readonly string[]): VerifyInput {
  const onlyTables = form.tables
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const throttle = throttleOf(form);
  return {
    ...(form.databases.length < all.length ? { databases: [...form.databases] } : {}),
    ...(onlyTables.length > 0 ? { onlyTables } : {}),
    ...(throttle.megabytesPerSecond !== null || throttle.connections !== null ? { throttle } : {}),
    secretParameters: {
      adminCredentials: {
        sourceServerPassword: form.sourcePassword,
        targetServerPassword: form.targetPassword,
      },
      sourceServerUsername: form.sourceUser.trim(),
      targetServerUsername: form.targetUser.trim(),
    },
  };
}

const FIELDS: readonly [prefix: string, field: VerifyField][] = [
  ["databases", "databases"],
  ["onlyTables", "tables"],
  ["throttle.megabytesPerSecond", "megabytesPerSecond"],
  ["throttle.connections", "connections"],
  ["secretParameters.adminCredentials.sourceServerPassword", "sourcePassword"],
  ["secretParameters.adminCredentials.targetServerPassword", "targetPassword"],
  ["secretParameters.sourceServerUsername", "sourceUser"],
  ["secretParameters.targetServerUsername", "targetUser"],
];

function fieldOf(path: string): VerifyField | null {
  return FIELDS.find(([prefix]) => `${path}.`.startsWith(`${prefix}.`))?.[1] ?? null;
}
