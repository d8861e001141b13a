import type pg from "pg";

/**
 * Waits until everything committed on the target so far is on its disk. All sessions of a move commit without waiting;
 * one commit that waits takes along all before it, if it has something to write (wal-async-commit.html).
 */
export async function flushTarget(target: pg.Client): Promise<void> {
  await target.query(
    "begin; set local synchronous_commit = local; create temp table howdah_flush () on commit drop; commit",
  );
}
