"use client";

import { limitText } from "@/components/dialogs/limits-form";
import { FactList, Panel } from "@/components/ui/panel";
import { isFollowing } from "@/lib/migrations/following";
import {
  formatByteRate,
  formatBytes,
  formatCount,
  groupDigits,
  joinNames,
} from "@/lib/migrations/format-quantity";
import { formatMoment } from "@/lib/migrations/format-time";
import {
  DIVERGENCE_LABELS,
  MODE_LABELS,
  OPTION_LABELS,
  RUNNER_LABELS,
  SOURCE_TYPE_LABELS,
  SSL_MODE_LABELS,
} from "@/lib/migrations/labels";
import type { MigrationDetails, OnlineDetails } from "@/lib/migrations/read-model";
import { substateSentence } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { CutoverResults } from "./cutover-results";
import { FollowCharts } from "./follow-charts";
import { pluginsOf } from "./plugins-of";
import { errorCount } from "./problem-counts";
import { ProblemList } from "./problem-list";
import { RateChart } from "./rate-chart";

const SHOWN_PROBLEMS = 5;

/** Problems first, then the curves, then the facts. */
export function OverviewTab({ migration }: { migration: MigrationDetails }) {
  const { problems, problemsTotal, samples, online } = migration;
  const ended = isTerminal(migration.state);
  const copied = ended || isFollowing(migration);
  return (
    <div className="grid gap-6">
      {/* The note above says what the cutover waits for. */}
      {!ended && migration.substate !== "WaitingForCutoverTrigger" && (
        <p>{substateSentence(migration.substate)}</p>
      )}
      {problems.length > 0 && (
        <section aria-labelledby="problems">
          <h2 id="problems" className="mb-2 font-semibold">
            {errorCount(migration) > 0 ? "Problems" : "Warnings"}
          </h2>
          <ProblemList problems={problems} limit={SHOWN_PROBLEMS} showDatabase headingLevel={3} />
          {problemsTotal > problems.length && (
            <p className="text-table text-muted">
              The first {groupDigits(problems.length)} of {groupDigits(problemsTotal)} problems are listed.
            </p>
          )}
        </section>
      )}
      {online && <CutoverResults online={online} />}
      {online && <FollowCharts samples={online.samples} ended={ended} />}
      {samples.length > 2 && (
        <section aria-label="Throughput" className="grid items-start gap-4 max-md:gap-2 md:grid-cols-2">
          <RateChart
            title="Copy throughput"
            samples={samples}
            ended={copied}
            total="bytesCopied"
            format={formatByteRate}
            formatTick={formatByteRate}
          />
          <RateChart
            title="Rows copied"
            untilCounted="Rows are counted when their table is finished."
            samples={samples}
            ended={copied}
            total="rowsCopied"
            format={formatRowRate}
            formatTick={formatCount}
          />
        </section>
      )}
      <div className="grid gap-4 lg:grid-cols-2">
        <SourcePanel migration={migration} />
        <TargetPanel migration={migration} />
        <MigrationPanel migration={migration} />
      </div>
    </div>
  );
}

function formatRowRate(rowsPerSecond: number): string {
  return `${formatCount(rowsPerSecond)} rows/s`;
}

function SourcePanel({ migration }: { migration: MigrationDetails }) {
  return (
    <Panel title="Source">
      <FactList
        facts={[
          { label: "Server type", value: SOURCE_TYPE_LABELS[migration.sourceType] },
          { label: "Address", value: <code>{`${migration.sourceHost}:${migration.sourcePort}`}</code> },
          { label: "Login", value: <code>{migration.sourceUser}</code> },
          { label: "SSL mode", value: SSL_MODE_LABELS[migration.sslMode] },
        ]}
      />
    </Panel>
  );
}

function TargetPanel({ migration }: { migration: MigrationDetails }) {
  return (
    <Panel title="Target">
      <FactList
        facts={[
          { label: "Server", value: migration.targetName },
          { label: "Address", value: <code>{`${migration.targetHost}:${migration.targetPort}`}</code> },
          { label: "Login", value: <code>{migration.targetUser}</code> },
          { label: "Run by", value: RUNNER_LABELS[migration.runBy] },
          { label: "Overwrite databases", value: migration.overwriteDbsInTarget ? "Allowed" : "Ask first" },
        ]}
      />
    </Panel>
  );
}

/** "shop as shop_new (filtered)" */
function databaseText({ name, targetName, filtered }: MigrationDetails["databaseProgress"][number]): string {
  const renamed = targetName === name ? name : `${name} as ${targetName}`;
  return filtered ? `${renamed} (filtered)` : renamed;
}

function onlineFacts(online: OnlineDetails) {
  const { onDivergence, walLimitBytes } = online;
  const plugins = pluginsOf(online).join(", ");
  return [
    {
      label: "Output plugin",
      value: plugins === "" ? "Chosen by Howdah" : <code key="plugin">{plugins}</code>,
    },
    { label: "On divergence", value: DIVERGENCE_LABELS[onDivergence] },
    {
      label: "WAL limit",
      value: walLimitBytes === null ? "None" : `${formatBytes(walLimitBytes)} for each slot`,
    },
  ];
}

function MigrationPanel({ migration }: { migration: MigrationDetails }) {
  return (
    <Panel title="Migration" className="lg:col-span-2">
      <FactList
        facts={[
          { label: "Option", value: OPTION_LABELS[migration.option] },
          { label: "Mode", value: MODE_LABELS[migration.mode] },
          ...(migration.online && migration.runBy === "howdah" ? onlineFacts(migration.online) : []),
          { label: "Databases", value: joinNames(migration.databaseProgress.map(databaseText), 30) },
          { label: "Attempt", value: groupDigits(migration.attempt) },
          { label: "Limits", value: limitText(migration.throttle)?.replace(/^limit /, "") ?? "None" },
          { label: "Created", value: `${formatMoment(migration.createdAt)}, by ${migration.createdBy}` },
          { label: "Started", value: migration.startedAt ? formatMoment(migration.startedAt) : "Not yet" },
          { label: "Ended", value: migration.endedAt ? formatMoment(migration.endedAt) : "Not yet" },
          { label: "Migration id", value: <code>{migration.id}</code> },
        ]}
      />
    </Panel>
  );
}
