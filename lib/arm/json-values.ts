/** Reads values of the store's JSON columns, whose form the schemas of the contract ensured when they came in. */

/** `json` as an object; empty when it is none. */
export function objectOf(json: unknown): Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : {};
}

/** The member of `values` that `text` is, or `otherwise`. */
export function oneOf<const T extends readonly string[]>(
  values: T,
  text: unknown,
  otherwise: T[number],
): T[number] {
  return values.find((value) => value === text) ?? otherwise;
}

/** A non-empty text under `key`, as a property to spread; nothing when there is none. */
export function textUnder<const K extends string>(
  json: Record<string, unknown>,
  key: K,
): { [key in K]?: string } {
  const value = json[key];
  return typeof value === "string" && value !== "" ? ({ [key]: value } as { [key in K]: string }) : {};
}

/** Tags as a property to spread; nothing when there are none. */
export function tagsOf(json: unknown): { tags?: Record<string, string> } {
  const entries = Object.entries(objectOf(json)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return entries.length === 0 ? {} : { tags: Object.fromEntries(entries) };
}
