import { listUnmovable, readUnmovableTarget, type UnmovableObject } from "@/lib/engine/schema/list-unmovable";
import type { ErrorCode } from "@/lib/util/error-codes";
import { defineRule, type RuleProblem } from "../rule";

/** One finding a reason, so that the names stand below what they have in common. */
function problemsOf(objects: readonly UnmovableObject[]): RuleProblem[] {
  const byReason = new Map<string, UnmovableObject[]>();
  for (const one of objects) byReason.set(one.reason, [...(byReason.get(one.reason) ?? []), one]);
  return [...byReason].map(([reason, group]) => ({
    code: codeOf(group[0]),
    message: `${group.length} ${group.length === 1 ? "object" : "objects"}: ${reason}.`,
    objects: group.map(({ kind, object }) => `${kind} ${object}`),
  }));
}

/** Azure's service has codes of their own for these two. */
function codeOf(first: UnmovableObject | undefined): ErrorCode {
  if (first?.kind === "cast") return "CAST_REFUSED";
  return first?.kind === "language" ? "LANGUAGE_REFUSED" : "OBJECT_NOT_MOVED";
}

export const objectsNotMoved = defineRule({
  id: "objects-not-moved",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "OBJECT_NOT_MOVED",
  title: "every object can be created on the target as it is",
  why: "What the target login may not create, or the target's version does not know, is left out; everything else moves, and the report names what is missing.",
  side: "target",
  mendedBy: "decision",
  fix: {
    general:
      "Migrate with a superuser where the target has one; otherwise drop or replace these objects on the source, or create them by hand afterwards where that is possible.",
    azure:
      "Azure offers no superuser: drop or replace these objects on the source, or create them by hand afterwards where azure_pg_admin may.",
  },
  async check({ source, target }) {
    const objects = await listUnmovable(source.client, await readUnmovableTarget(target.client));
    return {
      checked: "Every object of the database can be created on the target.",
      problems: problemsOf(objects),
    };
  },
});
