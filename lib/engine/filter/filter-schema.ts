import { loadClassifier } from "../schema/classify-statement";
import type { DumpedSchema, SchemaStatement } from "../schema/statement";
import type { ResolvedFilter } from "./resolve-filter";
import { keysOfStatement } from "./statement-keys";

/**
 * The schema without what a filter leaves out: neither a statement nor a failure speaks of it. Foreign keys whose rows may
 * refer to rows that do not move become NOT VALID.
 */
export async function filterSchema(dumped: DumpedSchema, filter: ResolvedFilter): Promise<DumpedSchema> {
  if (filter.keys.size + filter.schemas.size + filter.notValid.size === 0) return dumped;
  // A dump of plain statements was classified without it.
  await loadClassifier();
  const keep = (statements: readonly SchemaStatement[]) =>
    statements
      .filter((statement) => moves(statement, filter))
      .map((statement) => withoutCheck(statement, filter));
  return {
    ...dumped,
    preData: keep(dumped.preData),
    postData: keep(dumped.postData),
    failures: dumped.failures.filter(({ object }) => !filter.keys.has(`relation ${object}`)),
  };
}

function moves(statement: SchemaStatement, filter: ResolvedFilter): boolean {
  const { keys, schemas } = keysOfStatement(statement);
  return !keys.some((key) => filter.keys.has(key)) && !schemas.some((schema) => filter.schemas.has(schema));
}

function withoutCheck(statement: SchemaStatement, filter: ResolvedFilter): SchemaStatement {
  if (statement.kind !== "foreign-key" || !filter.notValid.has(`constraint ${statement.object}`))
    return statement;
  if (/ NOT VALID$/.test(statement.sql)) return statement;
  return { ...statement, sql: `${statement.sql} NOT VALID` };
}
