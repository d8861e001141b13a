import { diffArrays } from "diff";
import type { SchemaDiffLine } from "./verify-events";

/** A statement in the form both servers would print. */
export interface CanonicalStatement {
  /** Statements with the same label are shown beside each other: kind and object. */
  label: string;
  sql: string;
}

export interface SchemaDiff {
  /** Statements that only one side has, or that are not the same. */
  differences: number;
  lines: SchemaDiffLine[];
  /** There are more lines than `lines` holds. */
  limited: boolean;
}

/** Unchanged lines shown around each change. */
const CONTEXT = 3;
const MAX_LINES = 5_000;
/** Milliseconds spent on one object; a function of ten thousand changed lines is shown as removed and added. */
const TIMEOUT_MS = 2_000;

/**
 * Compares two schemas statement by statement, in order of their labels: where the dump puts an object depends on how it came to be.
 * Lines are numbered as if each side's statements were written below each other in that order.
 */
export function diffSchemas(
  source: readonly CanonicalStatement[],
  target: readonly CanonicalStatement[],
): SchemaDiff {
  const sides = [groupByLabel(source), groupByLabel(target)] as const;
  const labels = [...new Set([...sides[0].keys(), ...sides[1].keys()])].sort();
  const shown = new ShownLines();
  const numbers = { source: 0, target: 0 };
  let differences = 0;
  for (const label of labels) {
    const [ours, theirs] = [sides[0].get(label) ?? [], sides[1].get(label) ?? []];
    const changed = countChanged(ours, theirs);
    differences += changed;
    append(shown, numbers, linesOf(ours), linesOf(theirs), changed > 0);
  }
  const lines = differences === 0 ? [] : shown.end();
  return { differences, lines: lines.slice(0, MAX_LINES), limited: lines.length > MAX_LINES };
}

function groupByLabel(statements: readonly CanonicalStatement[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { label, sql } of statements) {
    const group = groups.get(label);
    if (group) group.push(sql);
    else groups.set(label, [sql]);
  }
  for (const group of groups.values()) group.sort();
  return groups;
}

/** As multisets; a statement that was changed counts once. */
function countChanged(ours: readonly string[], theirs: readonly string[]): number {
  const left = [...theirs];
  let missing = 0;
  for (const sql of ours) {
    const at = left.indexOf(sql);
    if (at === -1) missing += 1;
    else left.splice(at, 1);
  }
  return Math.max(missing, left.length);
}

function linesOf(statements: readonly string[]): string[] {
  return statements.flatMap((sql) => `${sql};`.split("\n"));
}

interface Numbers {
  source: number;
  target: number;
}

function append(
  shown: ShownLines,
  numbers: Numbers,
  ours: readonly string[],
  theirs: readonly string[],
  changed: boolean,
): void {
  const push = (kind: "same" | "removed" | "added", text: string) =>
    shown.push({
      kind,
      source: kind === "added" ? null : ++numbers.source,
      target: kind === "removed" ? null : ++numbers.target,
      text,
    });
  if (!changed) {
    for (const line of ours) push("same", line);
    return;
  }
  const changes = diffArrays([...ours], [...theirs], { timeout: TIMEOUT_MS });
  if (!changes) {
    for (const line of ours) push("removed", line);
    for (const line of theirs) push("added", line);
    return;
  }
  for (const { value, added, removed } of changes)
    for (const line of value) push(added ? "added" : removed ? "removed" : "same", line);
}

/** The changes with some lines around each; a gap stands for what is left out, which is never held. */
class ShownLines {
  readonly #lines: SchemaDiffLine[] = [];
  /** The last unchanged lines, to be shown should a change follow. */
  #held: SchemaDiffLine[] = [];
  /** Unchanged lines behind a change that are still to be shown. */
  #after = 0;
  #isGap = false;

  push(line: SchemaDiffLine): void {
    // One more than will be told, so that it shows that there are more.
    if (this.#lines.length > MAX_LINES) return;
    if (line.kind !== "same") {
      this.#flush();
      this.#lines.push(line);
      this.#after = CONTEXT;
    } else if (this.#after > 0) {
      this.#lines.push(line);
      this.#after -= 1;
    } else {
      this.#held.push(line);
      if (this.#held.length <= CONTEXT) return;
      this.#held.shift();
      this.#isGap = true;
    }
  }

  end(): readonly SchemaDiffLine[] {
    if (this.#held.length > 0) {
      this.#held = [];
      this.#isGap = true;
    }
    this.#flush();
    return this.#lines;
  }

  #flush(): void {
    if (this.#isGap) this.#lines.push({ kind: "gap", source: null, target: null, text: "" });
    this.#lines.push(...this.#held);
    this.#held = [];
    this.#isGap = false;
  }
}
