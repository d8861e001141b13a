import { ident } from "@/lib/postgres/sql";
import type { UnfollowedReason } from "../../cdc/follow-options";
import { ONLINE_TABLES } from "./online-tables";

/** Whatever copies and follows a source in a round: the engine itself, or a worker that runs it. */
export interface Follower {
  /** True from when it bears faults: what cannot be reached at the very first is rather told than waited for. */
  hasBegun(): boolean;
  /** True from when the target's tables stand at one and the same position. */
  mayLook(): boolean;
  /** Names of tables (as in ONLINE_TABLES) whose changes it said it does not apply. */
  exempt(): ReadonlySet<string>;
  /** Breaks it off and lets it begin again; says what was done. */
  interrupt(): Promise<string>;
  /** Resolves when the cutover is done. Throws what ended it otherwise. */
  cutOver(): Promise<CutoverOutcome>;
  /** What it told that an undisturbed migration would not tell: rows that were not found, objects that failed. */
  complaints(): string[];
}

export interface CutoverOutcome {
  ms: number;
  /** Relations, `schema.name`, that it said are not on the target as they are on the source. */
  unfollowed: { name: string; reason: UnfollowedReason }[];
}

/** The table of the rounds that a relation is, or is a leaf of; its own name for any other relation. */
export function onlineTableOf({ schema, name }: { schema: string; name: string }): string {
  const forms = [`${schema}.${name}`, `${schema}.${ident(name)}`];
  const isOf = (relation: string) => forms.includes(relation);
  const table = ONLINE_TABLES.find(({ relation, leaves }) => isOf(relation) || leaves?.some(isOf));
  return table?.name ?? `${schema}.${name}`;
}
