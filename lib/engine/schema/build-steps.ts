import type { IndexBuild } from "./restore-plan";
import type { SchemaStatement } from "./statement";
import { twoStepConstraint } from "./two-step-constraint";

/**
 * What a build consists of where its table is large, to be run in this order in one session, each committed by itself. The first
 * does the work under a lock that lets other indexes of the table be built beside it; a second one (ADD CONSTRAINT ... USING INDEX)
 * is instant. When one fails the rest of the build is skipped. An exclusion constraint is one statement with an exclusive
 * lock. Small tables have `build.statement` run instead, which is cheaper where the lock does not matter.
 */
export function stepsOf({ statement, hasIndex }: IndexBuild): SchemaStatement[] {
  const { kind, object, table, sql } = statement;
  const pair = kind === "primary-key" || kind === "unique" ? twoStepConstraint(sql) : null;
  if (!pair) return [statement];
  const [createIndex, addConstraint] = pair;
  const common = { object, table, roles: [] };
  const last: SchemaStatement = { ...common, sql: addConstraint, kind };
  return hasIndex ? [last] : [{ ...common, sql: createIndex, kind: "index" }, last];
}
