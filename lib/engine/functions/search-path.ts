const ELEMENT = /"((?:[^"]|"")*)"|[^,\s]+/g;

/**
 * Schemas in which a function of `schema` looks for what it mentions: those of the search_path that is configured for its owner or the
 * database, if any, then its own, then public. "$user" is left out: who calls it on the target is no user of the source.
 */
export function pathOf(configured: string | null, schema: string): string[] {
  const named = [...(configured ?? "").matchAll(ELEMENT)].map(
    ([word, quoted]) => quoted?.replaceAll('""', '"') ?? word,
  );
  return [...new Set([...named, schema, "public"])].filter((name) => name !== "$user" && name !== "");
}
