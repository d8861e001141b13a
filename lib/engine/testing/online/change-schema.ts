import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { sqlStateOf } from "@/lib/postgres/errors";
import type { TableStop } from "../../cdc/follow-options";
import { runSql } from "../with-session";

/** What an owner may do to the schema of a source that is followed. */
export interface SchemaChange {
  statements: readonly string[];
  /** Relations that a follower has to name at the cutover, and why. */
  named: ReadonlyMap<string, TableStop | "new">;
  /** Tables whose rows no trigger tells of from then on, and which are the same again after the cutover; as in the tally. */
  rewritten?: readonly string[];
}

const FRESH = ["create table s.fresh (id int primary key)", "insert into s.fresh values (1)"];

/** One of them in a round, by its seed; each makes a table as well. */
const CHANGES: readonly SchemaChange[] = [
  {
    statements: [
      "alter table s.altered add column later text default 'later'",
      "insert into s.altered (id, v) values (-1, -1)",
      ...FRESH,
    ],
    named: new Map([
      ["s.altered", "columns-changed"],
      ["s.fresh", "new"],
    ]),
  },
  {
    // Every row is written anew.
    statements: [
      "insert into s.altered (id, v) values (-2, -2)",
      "alter table s.altered alter v type bigint",
      "insert into s.altered (id, v) values (-1, 5000000000)",
      ...FRESH,
    ],
    named: new Map([
      ["s.altered", "columns-changed"],
      ["s.fresh", "new"],
    ]),
  },
  {
    // So it is here, and the columns are as before: nothing but the table's file tells of it.
    statements: ["alter table s.altered alter v type int using v + 1000", ...FRESH],
    named: new Map([["s.fresh", "new"]]),
    rewritten: ["altered"],
  },
  {
    statements: ["drop table s.doomed", ...FRESH],
    named: new Map([
      ["s.doomed", "dropped"],
      ["s.fresh", "new"],
    ]),
  },
];

/** What is done to the schema in the round of a seed. */
export function schemaChangeOf(seed: number): SchemaChange {
  const change = CHANGES[seed % CHANGES.length];
  if (!change) throw new Error(`no seed: ${seed}`);
  return change;
}

/** Answers to a repetition, when that to the COMMIT was lost: the column, the table is there, or is not. */
const DONE: ReadonlySet<string> = new Set(["42701", "42P07", "42P01", "23505"]);
const AGAIN_MS = 100;

/**
 * Changes the source's schema as its owner may while it is followed. Tries until the locks are to be had and the server is there;
 * false when `isOver` was sooner.
 */
export async function changeSchema(
  source: () => ConnectionSettings,
  { statements }: SchemaChange,
  isOver: () => boolean,
): Promise<boolean> {
  const transaction = ["begin", ...statements, "commit"].join("; ");
  while (!isOver()) {
    try {
      await runSql(source(), "set lock_timeout = 300", transaction);
      return true;
    } catch (error) {
      if (DONE.has(sqlStateOf(error) ?? "")) return true;
      await sleep(AGAIN_MS);
    }
  }
  return false;
}
