import { toCodedError } from "@/lib/postgres/errors";
import { CodedError } from "@/lib/util/coded-error";
import {
  matchesObject,
  type ObjectPattern,
  PatternError,
  parseObjectPattern,
} from "@/lib/util/object-pattern";
import type { ResolvedFilter } from "../filter/resolve-filter";
import { listVerifiedTables, type VerifiedTable } from "./list-verified-tables";
import type { HashContext } from "./row-hash";
import { TablePair } from "./table-pair";
import { DATABASE_SETTINGS } from "./verify-database-settings";
import type { VerifiedItem, VerifiedResult, VerifyEvent } from "./verify-events";
import { EXTENSIONS, type ExtensionPair } from "./verify-extensions";
import { LARGE_OBJECTS } from "./verify-large-objects";
import { resultOf } from "./verify-run";
import { SCHEMA } from "./verify-schema";
import type { SequenceFacts } from "./verify-sequences";
import type { VerifySide } from "./verify-side";

/** What a verification will compare, and what it knows about already. */
export interface VerifyPlan {
  pairs: TablePair[];
  sequences: { source: SequenceFacts; target: SequenceFacts }[];
  extensions: readonly ExtensionPair[];
  /** Only one side has them, or they cannot be read. */
  settled: VerifiedResult[];
  /** Objects besides tables are compared too. */
  whole: boolean;
  /** Patterns of `onlyTables` that mean no table: what was asked for cannot be called compared. */
  unmatched: string[];
}

export interface PlanInput {
  tables: readonly [source: readonly VerifiedTable[], target: readonly VerifiedTable[]];
  sequences: readonly [source: readonly SequenceFacts[], target: readonly SequenceFacts[]];
  extensions: readonly ExtensionPair[];
  filter: ResolvedFilter;
  onlyTables: readonly string[] | undefined;
  hash: HashContext;
}

/** Tables of one side, of any readability. Throws CodedError. */
export async function readTables(side: VerifySide): Promise<VerifiedTable[]> {
  try {
    return await side.read((client) => listVerifiedTables(client, side.version));
  } catch (error) {
    side.signal.throwIfAborted();
    throw toCodedError(error, "INTERNAL", `tables of the ${side.name}`);
  }
}

/** Matches up the two sides. Throws CodedError FILTER_INVALID for a pattern that is none. */
export function planVerification(input: PlanInput): VerifyPlan {
  const only = input.onlyTables === undefined ? null : new OnlyTables(input.onlyTables);
  const whole = only === null;
  const extensions = whole ? input.extensions : [];
  const plan: VerifyPlan = { pairs: [], sequences: [], extensions, settled: [], whole, unmatched: [] };
  const wanted = (one: VerifiedTable) => (only?.matches(one) ?? true) && input.filter.movesRows(one);
  const [ours, theirs] = input.tables.map((side) => byName(side.filter(wanted)));
  for (const [source, target] of matchUp(ours, theirs)) planTable(plan, source, target, input.hash);
  if (plan.whole) {
    const [left, right] = input.sequences.map((side) => byName(side.filter(input.filter.moves)));
    for (const [source, target] of matchUp(left, right)) {
      if (source && target) plan.sequences.push({ source, target });
      else plan.settled.push(onOneSide("sequence", source, target));
    }
  }
  plan.unmatched = only?.unmatched() ?? [];
  return plan;
}

function planTable(
  plan: VerifyPlan,
  source: VerifiedTable | undefined,
  target: VerifiedTable | undefined,
  hash: HashContext,
): void {
  if (!source || !target) {
    const kind = (source ?? target)?.kind ?? "table";
    plan.settled.push(onOneSide(kind, source, target));
    return;
  }
  const item: VerifiedItem = { kind: source.kind, schema: source.schema, name: source.name };
  const settle = (state: "different" | "unchecked", message: string) =>
    plan.settled.push(resultOf(item, state, message, performance.now()));
  if (!source.populated && !target.populated) return;
  if (source.populated !== target.populated) {
    const [filled, empty] = source.populated ? ["source", "target"] : ["target", "source"];
    settle(
      "different",
      `It holds rows on the ${filled}, and is not populated on the ${empty} (REFRESH MATERIALIZED VIEW).`,
    );
  } else if (source.unreadable !== null)
    settle("unchecked", `Not compared: on the source ${source.unreadable}.`);
  else if (target.unreadable !== null)
    settle("unchecked", `Not compared: on the target ${target.unreadable}.`);
  else plan.pairs.push(new TablePair(source, target, hash));
}

function onOneSide(
  kind: VerifiedItem["kind"],
  source: { schema: string; name: string } | undefined,
  target: { schema: string; name: string } | undefined,
): VerifiedResult {
  const { schema, name } = source ?? target ?? { schema: "", name: "" };
  const message = source ? "The target does not have it." : "Only the target has it.";
  return resultOf({ kind, schema, name }, "different", message, performance.now(), { differences: 1 });
}

function byName<T extends { schema: string; name: string }>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((one) => [JSON.stringify([one.schema, one.name]), one]));
}

function matchUp<T>(
  ours: ReadonlyMap<string, T> = new Map(),
  theirs: ReadonlyMap<string, T> = new Map(),
): [T | undefined, T | undefined][] {
  return [...new Set([...ours.keys(), ...theirs.keys()])].map((key) => [ours.get(key), theirs.get(key)]);
}

/** The event that tells everything there will be a result for, the biggest tables first. */
export function plannedEvent({ pairs, sequences, extensions, settled, whole }: VerifyPlan): VerifyEvent {
  const none = { bytesEstimated: 0 };
  const others = whole ? [SCHEMA, DATABASE_SETTINGS, LARGE_OBJECTS] : [];
  if (extensions.length > 0) others.push(EXTENSIONS);
  return {
    type: "planned",
    items: [
      ...pairs
        .map(({ item, source }) => ({ ...item, bytesEstimated: source.bytes }))
        .sort((a, b) => b.bytesEstimated - a.bytesEstimated),
      ...settled.map(({ item }) => ({ ...item, ...none })),
      ...others.map((item) => ({ ...item, ...none })),
      ...sequences.map(({ source }) => ({
        kind: "sequence" as const,
        schema: source.schema,
        name: source.name,
        ...none,
      })),
    ],
  };
}

/** The patterns that restrict a verification to some tables. */
class OnlyTables {
  readonly #patterns: { text: string; pattern: ObjectPattern; matched: boolean }[];

  constructor(texts: readonly string[]) {
    this.#patterns = texts.map((text) => ({ text, pattern: parsePattern(text), matched: false }));
  }

  matches({ schema, name }: { schema: string; name: string }): boolean {
    let found = false;
    for (const one of this.#patterns) {
      if (!matchesObject(one.pattern, schema, name)) continue;
      one.matched = true;
      found = true;
    }
    return found;
  }

  unmatched(): string[] {
    return this.#patterns.filter(({ matched }) => !matched).map(({ text }) => text);
  }
}

function parsePattern(text: string): ObjectPattern {
  try {
    return parseObjectPattern(text);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    throw new CodedError("FILTER_INVALID", cause.message, { subject: text, cause });
  }
}
