import { literal } from "@/lib/postgres/sql";

const ELEMENT = /"((?:[^"]|"")*)"|[^,\s]+/g;

/** "$user": who calls a function on the target is no user of the source. The others have their places, see setPath(). */
const LEFT_OUT: ReadonlySet<string> = new Set(["", "$user", "pg_catalog", "pg_temp"]);

/**
 * Schemas in which a function of `schema` looks for what it mentions beyond the system: those of the search_path that is configured for
 * its owner or the database, if any, then its own, then public.
 */
export function pathOf(configured: string | null, schema: string): string[] {
  const named = [...(configured ?? "").matchAll(ELEMENT)].map(
    ([word, quoted]) => quoted?.replaceAll('""', '"') ?? word,
  );
  return [...new Set([...named, schema, "public"])].filter((name) => !LEFT_OUT.has(name));
}

/**
 * `set search_path`, without a semicolon; `set local search_path` holds for a transaction. The system comes first by itself, and what is
 * temporary last, so that nothing can take the place of what is meant (ddl-schemas.html, sql-createfunction.html).
 */
export function setPath(path: readonly string[], set: "set" | "set local" = "set"): string {
  return `${set} search_path = ${[...path, "pg_temp"].map((schema) => literal(schema).trim()).join(", ")}`;
}
