import { CopyButton } from "@/components/ui/copy-button";
import { validationStatus } from "@/lib/migrations/status";
import { Disclosure } from "./disclosure";
import type { Finding } from "./report-groups";
import { ruleLabel } from "./rule-label";

/** One finding: what, where, what to do, and the code to search for. Failures start open, warnings closed. */
export function FindingItem({ finding, headingLevel }: { finding: Finding; headingLevel: 3 | 4 }) {
  const status = validationStatus(finding.state);
  return (
    <Disclosure
      headingLevel={headingLevel}
      icon={status.icon}
      tone={status.tone}
      defaultOpen={finding.state === "Failed"}
      aside={ruleLabel(finding.rule)}
      title={
        <>
          <span className="sr-only">{status.label}: </span>
          {finding.message}
        </>
      }
    >
      <dl className="grid gap-x-4 px-3 py-3 sm:grid-cols-[72px_minmax(0,1fr)] sm:gap-y-2.5 sm:pr-4 sm:pb-4 sm:pl-[58px]">
        {finding.objects.length > 0 && (
          <Row term="Where">
            <ObjectList objects={finding.objects} />
          </Row>
        )}
        {finding.remedy && <Row term="Fix">{finding.remedy}</Row>}
        <Row term="Check">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span title={finding.rule}>{ruleLabel(finding.rule)}</span>
            {finding.code && <code className="text-muted">{finding.code}</code>}
            <CopyButton text={findingText(finding)} what={`finding: ${finding.message}`} />
          </div>
        </Row>
      </dl>
    </Disclosure>
  );
}

function Row({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-caption text-muted sm:text-table/5">{term}</dt>
      <dd className="min-w-0 max-sm:mb-2">{children}</dd>
    </div>
  );
}

function ObjectList({ objects }: { objects: readonly string[] }) {
  return (
    <ul className="flex flex-wrap gap-1">
      {objects.map((object) => (
        <li
          key={object}
          className="rounded-xs border border-line bg-surface px-1.5 font-mono text-code wrap-anywhere"
        >
          {object}
        </li>
      ))}
    </ul>
  );
}

/** A finding as plain text, to send to whoever can repair it. */
function findingText(finding: Finding): string {
  const lines = [
    `${finding.state}: ${finding.message}`,
    finding.objects.length > 0 && `Where: ${finding.objects.join(", ")}`,
    finding.remedy && `Fix: ${finding.remedy}`,
    `Check: ${finding.rule}${finding.code ? ` (${finding.code})` : ""}`,
  ];
  return lines.filter(Boolean).join("\n");
}
