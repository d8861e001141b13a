/** A property that is kept and answered, but not done as its sender may expect. */
export interface PropertyNote {
  /** "properties.migrateRoles" */
  target: string;
  message: string;
}

const NOTES: readonly { key: string; applies(value: unknown): boolean; message: string }[] = [
  {
    key: "migrationInstanceResourceId",
    applies: (value) => typeof value === "string" && value !== "",
    message:
      "Howdah moves the data itself, from the machine its worker runs on: no runtime server takes part. The id is kept and answered, nothing else.",
  },
  {
    key: "migrateRoles",
    applies: (value) => value === "True",
    message:
      "Kept for later: this version does not move roles. The checks before the copy name those that are missing on the target.",
  },
  {
    key: "migrationWindowEndTimeInUtc",
    applies: (value) => typeof value === "string",
    message: "Kept until the migration ends: Howdah does not stop a copy because its window is over.",
  },
];

/** What to know of the properties a migration was created with; empty when all of them are done as they say. */
export function propertyNotes(properties: Readonly<Record<string, unknown>>): PropertyNote[] {
  return NOTES.filter(({ key, applies }) => applies(properties[key])).map(({ key, message }) => ({
    target: `properties.${key}`,
    message,
  }));
}
