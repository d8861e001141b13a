import type { MigrationSummary } from "@/lib/migrations/read-model";

export type NameAvailability =
  /** Too early to say: the name breaks the rule, or the answer is under way. */
  | { state: "unknown" }
  | { state: "checking" }
  | { state: "available"; message: string }
  /** Free in principle, but the target may turn out to be one where it is not. */
  | { state: "elsewhere"; message: string }
  | { state: "taken"; message: string };

/** Before a target is chosen: is the name used below any server? Names are unique below one target only. */
export function availabilityAmong(name: string, migrations: readonly MigrationSummary[]): NameAvailability {
  const twin = migrations.find((migration) => migration.name.toLowerCase() === name.toLowerCase());
  if (!twin) return { state: "available", message: "Available. Letters, digits and hyphens." };
  return {
    state: "elsewhere",
    message: `Used below ${twin.targetName}. Choose another name if that will be the target.`,
  };
}

/** What ARM's checkMigrationNameAvailability answered about `name` below `targetName`. */
export function availabilityFrom(
  answer: { nameAvailable?: boolean | undefined; message?: string | null | undefined },
  name: string,
  targetName: string,
): NameAvailability {
  if (answer.nameAvailable) return { state: "available", message: `Available below ${targetName}.` };
  const fallback = `${targetName} already has a migration called ${name}. Choose another name.`;
  return { state: "taken", message: answer.message || fallback };
}
