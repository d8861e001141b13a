import {
  type DatabaseFilterBody,
  type DatabaseSelection,
  findSelectionProblems,
  hasFilter,
} from "@/lib/migrations/filter";

/** What is chosen of one database: everything, unless there is an entry. */
export function selectionOf(selections: readonly DatabaseSelection[], name: string): DatabaseSelection {
  return selections.find((selection) => selection.name === name) ?? { name };
}

/** The filter of a selection, without its names. */
export function filterOf({ include, exclude }: DatabaseSelection): DatabaseFilterBody {
  return { ...(include ? { include } : {}), ...(exclude ? { exclude } : {}) };
}

/** The list with one entry changed; an entry that says nothing goes. */
export function withSelection(
  selections: readonly DatabaseSelection[],
  changed: DatabaseSelection,
): DatabaseSelection[] {
  const others = selections.filter(({ name }) => name !== changed.name);
  return saysSomething(changed) ? [...others, changed] : others;
}

/** Entries of the databases that move; those of databases unticked since are remembered, but not sent. */
export function activeSelections(
  selections: readonly DatabaseSelection[],
  dbsToMigrate: readonly string[],
): DatabaseSelection[] {
  return selections.filter((selection) => dbsToMigrate.includes(selection.name) && saysSomething(selection));
}

/** The name a database gets on the target. */
export function targetNameOf({ name, targetName }: DatabaseSelection): string {
  return targetName === undefined || targetName === "" ? name : targetName;
}

/** What is wrong with the target names together, by database. */
export function targetNameProblems(
  selections: readonly DatabaseSelection[],
  dbsToMigrate: readonly string[],
): Map<string, string> {
  const active = activeSelections(selections, dbsToMigrate);
  const problems = findSelectionProblems(dbsToMigrate, active);
  return new Map(problems.map(({ index, message }) => [active[index]?.name ?? "", message]));
}

function saysSomething(selection: DatabaseSelection): boolean {
  return (
    (selection.targetName !== undefined && selection.targetName !== selection.name) || hasFilter(selection)
  );
}
