/** Quotes an identifier: the only way a name gets into a statement. Throws RangeError on a null character or an empty name. */
export function ident(name: string): string {
  if (name === "" || name.includes("\0"))
    throw new RangeError("an identifier is neither empty nor holds a null character");
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. */
export function qualified(schema: string, name: string): string {
  return `${ident(schema)}.${ident(name)}`;
}

/**
 * Quotes a value for the few statements that take no parameters (SET, COPY options, SET TRANSACTION SNAPSHOT).
 * Right whatever standard_conforming_strings says: a backslash forces the E'' form.
 */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text value cannot hold a null character");
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? ` E${quoted}` : quoted;
}

/** Name as PostgreSQL prints it to people: quoted only where it must be. */
export function displayName(schema: string, name: string): string {
  return `${displayIdent(schema)}.${displayIdent(name)}`;
}

/** An identifier as PostgreSQL prints it to people; of a missing name nothing is shown. */
export function displayIdent(name: string): string {
  return name === "" || /^[a-z_][a-z0-9_$]*$/.test(name) ? name : ident(name);
}
