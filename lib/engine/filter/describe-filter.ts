import type { EngineEvent } from "../events";
import type { FilterCounts, ResolvedFilter } from "./resolve-filter";

/** Consequences told one by one; more would only fill the log. */
const TOLD = 500;

/** Notes for the log: what a filter leaves out, what follows from that, and patterns that mean nothing. */
export function describeFilter({ counts, consequences, unmatched }: ResolvedFilter): EngineEvent[] {
  const messages = [
    summaryOf(counts),
    ...consequences.slice(0, TOLD).map(({ message }) => message),
    ...(consequences.length > TOLD
      ? [`${consequences.length - TOLD} more objects are affected by the filter.`]
      : []),
    ...unmatched.map(
      ({ list, pattern }) => `The pattern ${pattern} of ${list} means nothing in this database.`,
    ),
  ];
  return messages.map((message) => ({ type: "note", message }));
}

function summaryOf(counts: FilterCounts): string {
  const { tables, tablesLeftOut, tablesEmpty, views, viewsLeftOut, indexes, indexesLeftOut } = counts;
  return (
    `By the filter ${tablesLeftOut} of ${tables} tables, ${viewsLeftOut} of ${views} views and ` +
    `${indexesLeftOut} of ${indexes} indexes are left out; ${tablesEmpty} tables move without rows.`
  );
}
