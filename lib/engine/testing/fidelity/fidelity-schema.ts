/** A database in the manner of a real application, to be moved and compared. Roles it names are in ROLES of its file. */
export interface FidelitySchema {
  name: string;
  /** Created on both servers. */
  roles: readonly string[];
  /** Steps that fill an empty database of the given major; each is sent as one text. Needs a superuser. */
  steps: (major: number) => readonly string[];
}

/** `sql` on servers that know it, nothing on older ones. */
export function since(major: number, first: number, sql: string): string {
  return major >= first ? sql : "";
}
