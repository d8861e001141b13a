import type pg from "pg";

/**
 * Waits until everything committed on the target so far is on its disk. All sessions of a move commit without waiting;
 * one commit that waits takes along all before it, if it has something to write (wal-async-commit.html): a message of
 * no meaning, which needs no privilege and leaves nothing behind (functions-admin.html, pg_logical_emit_message).
 */
export async function flushTarget(target: pg.Client): Promise<void> {
  await target.query(
    "begin; set local synchronous_commit = local; select pg_catalog.pg_logical_emit_message(true, 'howdah', ''); commit",
  );
}
