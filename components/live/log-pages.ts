/** An entry of a log; ids are decimal strings that grow and may exceed what a number holds exactly. */
interface LogEntry {
  id: string;
}

/**
 * The log after a poll of its newest page, newest first. When more happened since the last poll than a page of `pageSize`
 * entries holds, the older ones are let go: they can be loaded again, while a hole would go unseen.
 */
export function mergeNewest<T extends LogEntry>(
  known: readonly T[],
  newest: readonly T[],
  pageSize: number,
): T[] {
  const oldest = newest.at(-1);
  if (!oldest) return [...known];
  const ids = new Set(newest.map((entry) => entry.id));
  const meets = newest.length < pageSize || known.some((entry) => ids.has(entry.id));
  return meets ? [...newest, ...known.filter((entry) => isOlder(entry.id, oldest.id))] : [...newest];
}

/** The log with an older page at its end. */
export function appendOlder<T extends LogEntry>(known: readonly T[], older: readonly T[]): T[] {
  const last = known.at(-1);
  return last ? [...known, ...older.filter((entry) => isOlder(entry.id, last.id))] : [...older];
}

function isOlder(id: string, than: string): boolean {
  return id.length === than.length ? id < than : id.length < than.length;
}
