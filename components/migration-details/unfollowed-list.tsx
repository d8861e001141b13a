import { Note } from "@/components/ui/note";
import { countNoun } from "@/lib/migrations/format-quantity";
import { isRecopied, UNFOLLOWED_TEXTS } from "@/lib/migrations/unfollowed";
import type { UnfollowedReason } from "@/lib/migrations/vocabulary";

export interface UnfollowedTable {
  database: string;
  schema: string;
  name: string;
  reason: UnfollowedReason;
}

interface UnfollowedListProps {
  tables: readonly UnfollowedTable[];
}

/** Tables whose changes do not reach the target, or that were altered, by reason, each with what to do. */
export function UnfollowedList({ tables }: UnfollowedListProps) {
  const reasons = [...new Set(tables.map(({ reason }) => reason))].sort(
    (a, b) => Number(isRecopied(a)) - Number(isRecopied(b)),
  );
  const one = tables.length === 1;
  return (
    <Note
      tone="warn"
      role="status"
      title={`${countNoun(tables.length, "table")} ${one ? "is" : "are"} not on the target as on the source`}
    >
      {reasons.map((reason) => (
        <div key={reason}>
          <p>
            {tables
              .filter((table) => table.reason === reason)
              .map(({ database, schema, name }) => (
                <code key={`${database}\n${schema}\n${name}`} className="mr-3 wrap-anywhere">
                  {database}: {schema}.{name}
                </code>
              ))}
          </p>
          <p>
            {UNFOLLOWED_TEXTS[reason].label}. {UNFOLLOWED_TEXTS[reason].remedy}
          </p>
        </div>
      ))}
    </Note>
  );
}
