import type { MouseEvent } from "react";
import { Note } from "@/components/ui/note";
import { countNoun } from "@/lib/migrations/format-quantity";
import { fieldId } from "./wizard-context";
import type { FieldIssue } from "./wizard-form";

export const ERROR_SUMMARY_ID = "wizard-errors";

interface ErrorSummaryProps {
  issues: readonly FieldIssue[];
  /** Shows the field, which may be on another step. */
  show: (issue: FieldIssue) => void;
}

/** What keeps the step from being left, each with a link to its field. Takes the focus after Next. */
export function ErrorSummary({ issues, show }: ErrorSummaryProps) {
  if (issues.length === 0) return null;
  const open = (event: MouseEvent, issue: FieldIssue) => {
    event.preventDefault();
    show(issue);
  };
  return (
    <div id={ERROR_SUMMARY_ID} tabIndex={-1} className="rounded-md">
      <Note tone="bad" role="alert" title={`${countNoun(issues.length, "field")} to correct`}>
        <ul className="grid gap-1">
          {issues.map((issue) => (
            <li key={issue.field}>
              <a
                className="link text-fg"
                href={`#${fieldId(issue.field)}`}
                onClick={(event) => open(event, issue)}
              >
                {issue.message}
              </a>
            </li>
          ))}
        </ul>
      </Note>
    </div>
  );
}
