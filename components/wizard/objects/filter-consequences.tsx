"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Note } from "@/components/ui/note";
import { Spinner } from "@/components/ui/spinner";
import type { DatabaseFilterBody } from "@/lib/migrations/filter";
import type { FilterPreviewAnswer } from "@/lib/migrations/filter-preview";
import { groupDigits } from "@/lib/migrations/format-quantity";
import { useFilterPreview } from "./use-source-objects";

const FEW = 5;

/** What follows from a filter, asked of the source: told before the start instead of found after it. */
export function FilterConsequences({ database, filter }: { database: string; filter: DatabaseFilterBody }) {
  const { data, error, settled } = useFilterPreview(database, filter);
  if (error) {
    return (
      <Note tone="bad" role="alert" title="What follows could not be found out">
        <p className="wrap-anywhere">{error.message}</p>
        {error.remedy && <p>{error.remedy}</p>}
      </Note>
    );
  }
  return (
    <div role="status" aria-busy={!settled} className="grid gap-2">
      {!settled && (
        <p className="flex items-center gap-2 text-caption text-muted">
          <Spinner /> Finding out what follows
        </p>
      )}
      {settled && data && <Answer data={data} />}
    </div>
  );
}

function Answer({ data }: { data: FilterPreviewAnswer }) {
  const { consequences, consequencesTotal, unmatched } = data;
  return (
    <>
      {consequencesTotal === 0 && (
        <p className="text-caption text-muted">Nothing else is affected by what is left out.</p>
      )}
      {consequencesTotal > 0 && (
        <Note tone="warn" title={consequencesTitle(consequencesTotal)}>
          <Messages messages={consequences.map(({ message }) => message)} total={consequencesTotal} />
        </Note>
      )}
      {unmatched.length > 0 && (
        <Note tone="warn" title="Patterns that mean nothing here">
          <Messages messages={unmatched.map(({ pattern }) => pattern)} total={unmatched.length} />
        </Note>
      )}
    </>
  );
}

/** "3 other objects are affected" */
function consequencesTitle(count: number): string {
  return count === 1 ? "1 other object is affected" : `${groupDigits(count)} other objects are affected`;
}

function Messages({ messages, total }: { messages: readonly string[]; total: number }) {
  const [all, setAll] = useState(false);
  const shown = all ? messages : messages.slice(0, FEW);
  return (
    <>
      <ul className="grid max-h-64 gap-1 overflow-y-auto text-table">
        {shown.map((message) => (
          <li key={message} className="wrap-anywhere">
            {message}
          </li>
        ))}
        {all && total > messages.length && <li>and {groupDigits(total - messages.length)} more</li>}
      </ul>
      {!all && messages.length > FEW && (
        <div>
          <Button size="small" onClick={() => setAll(true)}>
            Show all {groupDigits(total)}
          </Button>
        </div>
      )}
    </>
  );
}
