"use client";

import { Note } from "@/components/ui/note";
import { formatClock } from "@/lib/migrations/format-time";
import { targetServer } from "./create-request";
import { databaseRows, selection } from "./database-rows";
import { DatabaseTable } from "./database-table";
import { OverwriteChoice } from "./overwrite-choice";
import { StepHeading } from "./step-heading";
import { useWizard, useWizardField } from "./wizard-context";

/** Step 4: which databases, out of what the source's test found. */
export function DatabasesStep() {
  const { values, servers, tests, runTest } = useWizard();
  const chosen = useWizardField("body.properties.dbsToMigrate");
  const selections = useWizardField("body.properties.howdah.databases");
  const overwrite = useWizardField("body.properties.overwriteDbsInTarget");
  const source = tests.source.finished;
  const inventory = source?.report.inventory;
  if (!source || !inventory) return null;

  const rows = databaseRows(inventory, tests.target.finished?.report.inventory ?? null, selections.value);
  const { conflicts } = selection(rows, chosen.value);
  const vanished = chosen.value.filter((name) => !rows.some((row) => row.name === name));
  return (
    <>
      <StepHeading step="databases">
        Read from {source.input.host} at {formatClock(source.report.testedAt)} UTC, during the connection
        test.
      </StepHeading>
      {vanished.length > 0 && (
        <Note tone="warn" role="status" title="No longer on the source">
          <p>{vanished.join(", ")} was chosen before and is not there any more. It is left out.</p>
        </Note>
      )}
      <DatabaseTable
        id={chosen.id}
        rows={rows}
        chosen={chosen.value}
        onChange={chosen.set}
        error={chosen.error ?? selections.error}
        selections={selections.value}
        onSelect={selections.set}
        reading={tests.source.running}
        onRefresh={() => runTest("source")}
      />
      {conflicts.length > 0 && (
        <OverwriteChoice
          names={conflicts.map((row) => row.targetName)}
          target={targetServer(values, servers)?.name ?? "the target"}
          option={values.body.properties.migrationOption}
          value={overwrite.value}
          onChange={overwrite.set}
        />
      )}
    </>
  );
}
