/** What one statement takes: the store's client keeps the memory that its largest statement needed. */
const ROWS = 1_000;

/** `rows` in pieces that a statement takes; nothing for an empty list. */
export function* rowChunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += ROWS) yield rows.slice(at, at + ROWS);
}
