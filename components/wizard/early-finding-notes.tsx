import Link from "next/link";
import { Note } from "@/components/ui/note";
import type { EarlyFinding } from "./early-findings";

/** Findings that a validation would fail on, each with the page that says how to mend it where. */
export function EarlyFindingNotes({ findings }: { findings: readonly EarlyFinding[] }) {
  return findings.map(({ rule, title, text }) => (
    <Note key={rule} tone="warn" role="status" title={title}>
      <p className="wrap-anywhere">
        {text}{" "}
        <Link href={`/rules/${rule}`} target="_blank">
          How to fix it
        </Link>
      </p>
    </Note>
  ));
}
