import { readCalledFunctions } from "@/lib/engine/functions/called-functions";
import { setPathStatement } from "@/lib/engine/functions/help-functions";
import { defineRule } from "../rule";

/** Since this version REINDEX, ANALYZE, REFRESH and the like have a search_path of the system alone (release-17.html). */
const SAFE_PATH = 170_000;

export const functionPaths = defineRule({
  id: "function-paths",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "FUNCTION_NEEDS_PATH",
  title: "functions of indexes and materialised views find what they mention",
  why: "From PostgreSQL 17 on REINDEX, ANALYZE and REFRESH MATERIALIZED VIEW run with a search_path of the system alone, autovacuum's ANALYZE too. A function that mentions tables, functions or types without their schema then fails. Howdah helps such functions until the migration ends, and leaves them as they are on the source.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Give these functions a search_path of their own, on the source before or on the target afterwards; or qualify what they mention. Which those are is guessed from the words of their bodies.",
  },
  async check({ source, target }) {
    const checked = "The functions of indexes and materialised views need no search_path of their caller.";
    const isNew = source.facts.versionNumber < SAFE_PATH && target.facts.versionNumber >= SAFE_PATH;
    if (!isNew) return { checked, problems: [] };
    const called = await readCalledFunctions(source.client);
    const found = called.filter(({ path, isMaintained }) => path !== null && isMaintained);
    if (found.length === 0) return { checked, problems: [] };
    const count = `${found.length} ${found.length === 1 ? "function" : "functions"}`;
    return {
      checked,
      problems: [
        {
          message: `${count} of indexes or materialised views may not find what they mention once PostgreSQL 17 or later maintains those.`,
          objects: found.map(({ object }) => object),
          fix: found.map((one) => ({ side: "source" as const, sql: `${setPathStatement(one)};` })),
        },
      ],
    };
  },
});
