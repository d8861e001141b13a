import type { ApiMethod } from "@/lib/migrations/api-description";
import type { Endpoint } from "../endpoint";

/** An operation with the place it is found at, before it is put into words. */
export interface DescribedOperation {
  /** "/api/migrations/{id}" */
  path: string;
  method: ApiMethod;
  operationId: string;
  tag: "Azure Resource Manager" | "Howdah";
  endpoint: Endpoint;
}

/** "get", "migration-log" is "getMigrationLog". */
export function operationIdOf(method: ApiMethod, words: readonly string[]): string {
  const parts = words.flatMap((word) => word.split(/[^A-Za-z0-9]+/)).filter(Boolean);
  return method + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}
