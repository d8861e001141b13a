"use client";

import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { CopyButton } from "@/components/ui/copy-button";
import { Disclosure } from "@/components/validation-report/disclosure";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { Problem } from "@/lib/migrations/read-model";
import { validationStatus } from "@/lib/migrations/status";

interface ProblemListProps {
  problems: readonly Problem[];
  /** Names the database of each, where several are mixed. */
  showDatabase?: boolean;
  /** Shown at first; the rest on request. */
  limit: number;
  headingLevel: 3 | 4;
}

/** What failed, object by object: the server's words, what to do, and the statement. */
export function ProblemList({ problems, showDatabase = false, limit, headingLevel }: ProblemListProps) {
  const [all, setAll] = useState(false);
  const shown = all ? problems : problems.slice(0, limit);
  return (
    <div>
      {keyed(shown).map(([key, problem]) => (
        <ProblemItem key={key} problem={problem} showDatabase={showDatabase} headingLevel={headingLevel} />
      ))}
      {shown.length < problems.length && (
        <Button size="small" className="mb-2" onClick={() => setAll(true)}>
          Show {countNoun(problems.length - shown.length, "more problem")}
        </Button>
      )}
    </div>
  );
}

/** Each with a key of its own: changes of one table that diverge at the same moment are told alike. */
function keyed(problems: readonly Problem[]): [string, Problem][] {
  const seen = new Map<string, number>();
  return problems.map((problem) => {
    const key = [problem.database, problem.kind, problem.object, problem.at, problem.message].join("\n");
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return [`${key}\n${count}`, problem];
  });
}

interface ProblemItemProps {
  problem: Problem;
  showDatabase: boolean;
  headingLevel: 3 | 4;
}

function ProblemItem({ problem, showDatabase, headingLevel }: ProblemItemProps) {
  const status = validationStatus(problem.severity === "error" ? "Failed" : "Warning");
  const kind = problem.kind.replaceAll("-", " ");
  const where = showDatabase ? `${problem.database}, ${kind}` : kind;
  const code = problem.sqlState ? `${problem.code} · SQLSTATE ${problem.sqlState}` : problem.code;
  return (
    <Disclosure
      headingLevel={headingLevel}
      icon={status.icon}
      tone={status.tone}
      defaultOpen={false}
      aside={where}
      title={
        <>
          <span className="sr-only">{status.label}: </span>
          <span className="font-mono text-code">{problem.object}</span>
          <span className="block text-table font-normal text-muted">{problem.message}</span>
          <span className="block text-caption font-normal text-muted sm:hidden">{where}</span>
        </>
      }
    >
      <dl className="grid gap-x-4 px-3 py-3 sm:grid-cols-[72px_minmax(0,1fr)] sm:gap-y-2.5 sm:pr-4 sm:pb-4 sm:pl-[58px]">
        <Row term="What to do">{problem.remedy}</Row>
        {problem.statement && (
          <Row term="Statement">
            <CodeBlock code={problem.statement} what={`statement of ${problem.object}`} />
          </Row>
        )}
        <Row term="Code">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <code>{code}</code>
            <CopyButton text={problemText(problem, code)} what={`problem of ${problem.object}`} />
          </span>
        </Row>
      </dl>
    </Disclosure>
  );
}

function Row({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-caption text-muted sm:text-table/5">{term}</dt>
      <dd className="min-w-0 wrap-anywhere max-sm:mb-2">{children}</dd>
    </div>
  );
}

/** A problem as plain text, to send to whoever can repair it. */
function problemText(problem: Problem, code: string): string {
  const lines = [
    `${problem.kind} ${problem.object} in ${problem.database}: ${problem.message}`,
    `What to do: ${problem.remedy}`,
    `Code: ${code}`,
    problem.statement,
  ];
  return lines.filter((line) => line !== null).join("\n");
}
