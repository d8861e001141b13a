import Link from "next/link";
import { CodeBlock } from "@/components/ui/code-block";
import { CopyButton } from "@/components/ui/copy-button";
import { ruleLabel } from "@/lib/migrations/rule-label";
import { notCheckedStatus, validationStatus } from "@/lib/migrations/status";
import type { Finding } from "@/lib/migrations/validation-groups";
import { AllowInAzure, type AzureTarget, needsOfFinding } from "./allow-in-azure";
import { Disclosure } from "./disclosure";
import { ObjectList } from "./object-list";

interface FindingItemProps {
  finding: Finding;
  /** The target in Azure, where it may be set right from here. */
  azureTarget: AzureTarget | null;
  headingLevel: 3 | 4;
}

/** One finding: what, where, why, what to do, and the code to search for. Failures start open, the rest closed. */
export function FindingItem({ finding, azureTarget, headingLevel }: FindingItemProps) {
  const needs = azureTarget && needsOfFinding(finding);
  const status = finding.notChecked ? notCheckedStatus : validationStatus(finding.state);
  return (
    <Disclosure
      headingLevel={headingLevel}
      icon={status.icon}
      tone={status.tone}
      defaultOpen={finding.state === "Failed"}
      aside={ruleLabel(finding.type)}
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
        {finding.why && <Row term="Why">{finding.why}</Row>}
        {finding.remedy && <Row term="Fix">{finding.remedy}</Row>}
        {finding.fix.length > 0 && (
          <Row term="Run">
            <FixBlocks finding={finding} />
          </Row>
        )}
        {azureTarget && needs && (
          <Row term="In Azure">
            <AllowInAzure target={azureTarget} needs={needs} />
          </Row>
        )}
        <Row term="Check">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            {finding.rule === finding.type ? (
              ruleLabel(finding.type)
            ) : (
              <Link href={`/rules/${finding.rule}`}>
                <code>{finding.rule}</code>
              </Link>
            )}
            {finding.code && <code className="text-muted">{finding.code}</code>}
            <CopyButton text={findingText(finding)} what={`finding: ${finding.message}`} />
          </div>
        </Row>
      </dl>
    </Disclosure>
  );
}

/** More would make the page long; the script of all fixes has them all. */
const STATEMENTS_SHOWN = 20;

function FixBlocks({ finding }: { finding: Finding }) {
  return (["source", "target"] as const).map((side) => {
    const statements = finding.fix.filter((fix) => fix.side === side).map((fix) => fix.sql);
    if (statements.length === 0) return null;
    const shown = statements.slice(0, STATEMENTS_SHOWN);
    return (
      <div key={side} className="not-last:mb-2">
        <p className="mb-1 text-caption text-muted">
          On the {side}
          {statements.length > shown.length &&
            `: the first ${shown.length} of ${statements.length} statements, “Copy all fixes” has the rest`}
        </p>
        <CodeBlock code={shown.join("\n")} what={`statements for the ${side}`} />
      </div>
    );
  });
}

function Row({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-caption text-muted sm:text-table/5">{term}</dt>
      <dd className="min-w-0 max-sm:mb-2">{children}</dd>
    </div>
  );
}

/** A finding as plain text, to send to whoever can repair it. */
function findingText(finding: Finding): string {
  const lines = [
    `${finding.notChecked ? "Not checked" : finding.state}: ${finding.message}`,
    finding.objects.length > 0 && `Where: ${finding.objects.join(", ")}`,
    finding.why && `Why: ${finding.why}`,
    finding.remedy && `Fix: ${finding.remedy}`,
    ...finding.fix.map(({ side, sql }) => `Run on the ${side}: ${sql}`),
    `Check: ${finding.rule}${finding.code ? ` (${finding.code})` : ""}`,
  ];
  return lines.filter(Boolean).join("\n");
}
