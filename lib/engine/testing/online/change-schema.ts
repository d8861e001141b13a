import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { sqlStateOf } from "@/lib/postgres/errors";
import type { TableStop } from "../../cdc/follow-options";
import { runSql } from "../with-session";

/** Relations that a follower has to name at the cutover when the schema was changed below it. */
export const CHANGED: ReadonlyMap<string, TableStop | "new"> = new Map([
  ["s.altered", "columns-changed"],
  ["s.fresh", "new"],
]);

const STATEMENTS = [
  "set lock_timeout = 300",
  `begin; alter table s.altered add column later text default 'later'; insert into s.altered (id, v) values (-1, -1);
   create table s.fresh (id int primary key); insert into s.fresh values (1); commit`,
];

const AGAIN_MS = 100;

/**
 * Changes the source's schema as its owner may while it is followed: a column more, a table more. Tries until the locks are to be had
 * and the server is there; false when `isOver` was sooner.
 */
export async function changeSchema(
  source: () => ConnectionSettings,
  isOver: () => boolean,
): Promise<boolean> {
  while (!isOver()) {
    try {
      await runSql(source(), ...STATEMENTS);
      return true;
    } catch (error) {
      // duplicate_column: the answer to the COMMIT was lost.
      if (sqlStateOf(error) === "42701") return true;
      await sleep(AGAIN_MS);
    }
  }
  return false;
}
