"use client";

import { useMemo, useState } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { fixScript } from "@/lib/migrations/fix-script";
import { formatDuration } from "@/lib/migrations/format-duration";
import { elapsedMs, formatClock } from "@/lib/migrations/format-time";
import type { ValidationDetails } from "@/lib/migrations/validation-details";
import {
  type Counts,
  countsText,
  filterGroup,
  groupReport,
  type ReportGroup,
  type SeverityFilter,
  totalCounts,
} from "@/lib/migrations/validation-groups";
import type { AzureTarget } from "./allow-in-azure";
import { ExportMenu } from "./export-menu";
import { FindingItem } from "./finding-item";
import { PassedList } from "./passed-list";
import { SeverityButtons } from "./severity-buttons";
import { SummaryNote } from "./summary-note";

interface ValidationReportProps {
  name: string;
  details: ValidationDetails;
  /** The target in Azure, where what it lacks can be set by whoever reads this. */
  azureTarget: AzureTarget | null;
}

/** The premigration report: how it ended, then the instance, then each database. */
export function ValidationReport({ name, details, azureTarget }: ValidationReportProps) {
  const [filter, setFilter] = useState<SeverityFilter>("all");
  const groups = useMemo(() => groupReport(details), [details]);
  const counts = totalCounts(groups);
  const script = useMemo(() => fixScript(groups), [groups]);
  const shown = groups.map((group) => filterGroup(group, filter)).filter((group) => group !== null);
  const [start, end] = [details.validationStartTimeInUtc, details.validationEndTimeInUtc];
  return (
    <>
      <SummaryNote counts={counts} duration={formatDuration(elapsedMs(start, end, 0))} />
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <SeverityButtons counts={counts} filter={filter} onChange={setFilter} />
        <div className="ms-auto flex flex-wrap items-center gap-2">
          <FixesButton script={script} />
          <ExportMenu name={name} details={details} />
        </div>
      </div>
      <p className="mt-3 text-table text-muted tabular-nums">
        Checked from {formatClock(start)} to {formatClock(end)} UTC. What is not named below was not examined.
      </p>
      <Groups groups={shown} filter={filter} azureTarget={azureTarget} />
    </>
  );
}

/** Nothing to copy when no finding has a statement. */
function FixesButton({ script }: { script: string }) {
  if (script === "") return null;
  return <CopyButton text={script} what="all fixes as one SQL script" label="Copy all fixes" />;
}

interface GroupsProps {
  groups: readonly ReportGroup[];
  filter: SeverityFilter;
  azureTarget: AzureTarget | null;
}

function Groups({ groups, ...shown }: GroupsProps) {
  const instance = groups.find((group) => group.database === null);
  const databases = groups.filter((group) => group.database !== null);
  if (groups.length === 0) return <p className="mt-6 text-muted">Nothing of this severity was found.</p>;
  return (
    <>
      {instance ? (
        <section aria-labelledby="instance-checks">
          <GroupTitle
            id="instance-checks"
            level={2}
            title="Validation details for instance"
            group={instance}
          />
          <GroupBody group={instance} {...shown} headingLevel={3} />
        </section>
      ) : null}
      {databases.length > 0 ? (
        <section aria-labelledby="database-checks">
          <h2 id="database-checks" className="mt-6 font-semibold">
            Validation details for databases
          </h2>
          {databases.map((group) => (
            <section key={group.database} aria-label={`Database ${group.database}`}>
              <GroupTitle level={3} title={group.database ?? ""} group={group} />
              <GroupBody group={group} {...shown} headingLevel={4} />
            </section>
          ))}
        </section>
      ) : null}
    </>
  );
}

function GroupTitle(props: { id?: string; level: 2 | 3; title: string; group: ReportGroup }) {
  const Heading = props.level === 2 ? "h2" : "h3";
  return (
    <div className={`mb-2 flex flex-wrap items-baseline gap-2 ${props.level === 2 ? "mt-6" : "mt-3"}`}>
      <Heading id={props.id} className="font-semibold wrap-anywhere">
        {props.title}
      </Heading>
      <span className="text-caption text-muted tabular-nums">
        {groupCaption(props.group.counts, props.group.durationMs)}
      </span>
    </div>
  );
}

/** Less rounds to nothing. */
const SHOWN_FROM_MS = 100;

function groupCaption(counts: Counts, durationMs: number): string {
  return durationMs >= SHOWN_FROM_MS
    ? `${countsText(counts)} in ${formatDuration(durationMs)}`
    : countsText(counts);
}

interface GroupBodyProps extends Omit<GroupsProps, "groups"> {
  group: ReportGroup;
  headingLevel: 3 | 4;
}

function GroupBody({ group, filter, azureTarget, headingLevel }: GroupBodyProps) {
  return (
    <>
      {group.findings.map((finding) => (
        <FindingItem
          key={`${finding.rule}\n${finding.message}`}
          finding={finding}
          azureTarget={azureTarget}
          headingLevel={headingLevel}
        />
      ))}
      {group.passes.length > 0 ? (
        <PassedList passes={group.passes} open={filter === "passed"} headingLevel={headingLevel} />
      ) : null}
    </>
  );
}
