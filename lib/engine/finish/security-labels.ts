import { ident, literal } from "@/lib/postgres/sql";

/** What a module says of an object (sql-security-label.html). */
export interface SecurityLabel {
  provider: string;
  label: string;
}

/** `object` as SQL names it with its kind. A server refuses the labels of a provider that is not loaded. */
export function labelStatements(object: string, labels: readonly SecurityLabel[]): string[] {
  return labels.map(
    ({ provider, label }) => `security label for ${ident(provider)} on ${object} is ${literal(label)}`,
  );
}
