"use client";

import { Note } from "@/components/ui/note";
import { FactList } from "@/components/ui/panel";
import { type DatabaseSelection, hasFilter } from "@/lib/migrations/filter";
import { formatBytes, joinNames } from "@/lib/migrations/format-quantity";
import {
  DIVERGENCE_LABELS,
  MODE_LABELS,
  OPTION_LABELS,
  RUNNER_LABELS,
  SSL_MODE_LABELS,
} from "@/lib/migrations/labels";
import { ArmRequest } from "./arm-request";
import type { RefusedRequest } from "./arm-requests";
import { runnerOf, targetServer, tunesTarget } from "./create-request";
import { databaseRows, selection } from "./database-rows";
import { ExportRequest } from "./export-request";
import { FilterConsequences } from "./objects/filter-consequences";
import { describeSelection } from "./objects/selection-summary";
import { activeSelections, filterOf } from "./selections";
import { sourceTypeName } from "./source-types";
import { StepHeading } from "./step-heading";
import { SummarySection } from "./summary-section";
import { type SummaryWarning, warningsTitle } from "./summary-warnings";
import { TestOutcome } from "./test-outcome";
import { useWizard } from "./wizard-context";
import type { WizardForm } from "./wizard-form";

const INTRODUCTIONS = {
  Validate: "Checks start at once. Nothing is changed on either server.",
  Migrate: "The copy starts at once, without checks before it.",
  ValidateAndMigrate: "Validation starts at once. Data moves only if no check fails.",
};

interface SummaryStepProps {
  warnings: readonly SummaryWarning[];
  /** Why starting failed. */
  failure: RefusedRequest | null;
}

/** Step 5: everything once more, read-only, before it starts. */
export function SummaryStep({ warnings, failure }: SummaryStepProps) {
  const { values, servers, tests } = useWizard();
  const { migrationOption, migrationMode, sourceType, sslMode, secretParameters, howdah } =
    values.body.properties;
  const server = targetServer(values, servers);
  const byAzure = runnerOf(values, servers) === "azure";
  // Azure's service chooses for itself how it reads and applies changes.
  const followsItself = migrationMode === "Online" && migrationOption !== "Validate" && !byAzure;
  return (
    <>
      <StepHeading step="summary">{INTRODUCTIONS[migrationOption]}</StepHeading>
      {failure && <StartFailure failure={failure} />}
      {warnings.length > 0 && (
        <Note tone="warn" title={warningsTitle(warnings.length)}>
          <ul className="grid gap-2">
            {warnings.map((warning) => (
              <li key={warning.key}>
                {warning.text} {warning.remedy && <span className="text-muted">{warning.remedy}</span>}
              </li>
            ))}
          </ul>
        </Note>
      )}
      <div className="grid gap-3">
        <SummarySection title="Setup" step="setup">
          <FactList
            facts={[
              { label: "Migration name", value: values.name },
              { label: "Migration option", value: OPTION_LABELS[migrationOption] },
              { label: "Migration mode", value: MODE_LABELS[migrationMode] },
              ...(followsItself ? onlineFacts(values) : []),
              ...(migrationOption === "Validate"
                ? []
                : [
                    { label: "Vacuum at the end", value: howdah.vacuum && !byAzure ? "Yes" : "No" },
                    { label: "Verify at the end", value: howdah.verifyAtEnd && !byAzure ? "Yes" : "No" },
                  ]),
            ]}
          />
        </SummarySection>
        <SummarySection title="Source server" step="source">
          <FactList
            facts={[
              { label: "Source server type", value: sourceTypeName(sourceType) },
              { label: "Server", value: <code>{`${values.source.host.trim()}:${values.source.port}`}</code> },
              { label: "Login", value: `${values.source.user}, password not shown` },
              { label: "SSL mode", value: SSL_MODE_LABELS[sslMode] },
              { label: "Connection", value: <TestOutcome test={tests.source.finished} /> },
            ]}
          />
        </SummarySection>
        <SummarySection title="Target server" step="target">
          <FactList
            facts={[
              { label: "Server name", value: server?.name },
              { label: "Server", value: <code>{`${server?.host}:${server?.port}`}</code> },
              { label: "Login", value: `${secretParameters.targetServerUsername}, password not shown` },
              { label: "Run by", value: RUNNER_LABELS[runnerOf(values, servers)] },
              ...(tunesTarget(values, servers)
                ? [{ label: "Tune the target", value: "While it migrates" }]
                : []),
              { label: "SSL mode", value: server && SSL_MODE_LABELS[server.sslMode] },
              { label: "Connection", value: <TestOutcome test={tests.target.finished} /> },
            ]}
          />
        </SummarySection>
        <SummarySection title="Databases" step="databases">
          <DatabaseFacts />
        </SummarySection>
        <ArmRequest values={values} servers={servers} />
        <ExportRequest values={values} servers={servers} />
      </div>
    </>
  );
}

function onlineFacts({ online }: WizardForm) {
  const limit = online.walLimitGigabytes.trim();
  return [
    {
      label: "Output plugin",
      value: online.plugin === "" ? "Chosen by Howdah" : <code>{online.plugin}</code>,
    },
    { label: "On divergence", value: DIVERGENCE_LABELS[online.onDivergence] },
    { label: "WAL limit", value: limit === "" ? "None" : `${limit} GB for each database` },
  ];
}

function DatabaseFacts() {
  const { values, tests } = useWizard();
  const { dbsToMigrate, overwriteDbsInTarget, migrationOption, howdah } = values.body.properties;
  const inventory = tests.source.finished?.report.inventory;
  const rows = inventory
    ? databaseRows(inventory, tests.target.finished?.report.inventory ?? null, howdah.databases)
    : [];
  const selections = activeSelections(howdah.databases, dbsToMigrate);
  const chosen = selection(rows, dbsToMigrate);
  const conflicts = chosen.conflicts.map((row) => row.targetName);
  return (
    <FactList
      facts={[
        {
          label: "To migrate",
          value: joinNames(
            chosen.rows.map((row) => row.name),
            40,
          ),
        },
        ...selections.map((one) => ({ label: one.name, value: <SelectionFacts selection={one} /> })),
        { label: "Number and size", value: `${chosen.rows.length}, ${formatBytes(chosen.sizeBytes)}` },
        ...(conflicts.length > 0 && migrationOption !== "Validate"
          ? [
              {
                label: "Exist on the target",
                value: `${joinNames(conflicts, 40)}: ${overwriteDbsInTarget === "True" ? "overwrite" : "stop and ask me"}`,
              },
            ]
          : []),
      ]}
    />
  );
}

/** The filter and the target name of one database, with what follows from them. */
function SelectionFacts({ selection }: { selection: DatabaseSelection }) {
  const filter = filterOf(selection);
  return (
    <div className="grid gap-2">
      <p className="wrap-anywhere">{describeSelection(selection)}</p>
      {hasFilter(filter) && <FilterConsequences database={selection.name} filter={filter} />}
    </div>
  );
}

function StartFailure({ failure }: { failure: RefusedRequest }) {
  return (
    <Note tone="bad" role="alert" title="The migration was not created">
      <p className="wrap-anywhere">{failure.message}</p>
      {failure.remedy && <p>{failure.remedy}</p>}
      <p>
        <code className="text-muted">{failure.code}</code>
      </p>
    </Note>
  );
}
