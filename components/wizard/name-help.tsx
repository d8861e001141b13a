import type { NameAvailability } from "./name-availability";

/** The line below the migration name: the rule, or whether the name can be had. Announced when it changes. */
export function NameHelp({ availability }: { availability: NameAvailability }) {
  return <span role="status">{textOf(availability)}</span>;
}

function textOf(availability: NameAvailability): string {
  if (availability.state === "unknown") return "Letters, digits and hyphens, not starting with a hyphen.";
  if (availability.state === "checking") return "Checking whether the name is free…";
  return availability.message;
}
