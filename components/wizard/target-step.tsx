"use client";

import { Note } from "@/components/ui/note";
import { AzureTarget } from "./azure-target";
import { ConnectionTestSection } from "./connection-test-section";
import { targetServer } from "./create-request";
import { CredentialFields } from "./credential-fields";
import { EarlyFindingNotes } from "./early-finding-notes";
import { pairFindings } from "./early-findings";
import { NetworkHelp } from "./network-help";
import { NewServerFields } from "./new-server-fields";
import { targetProblem } from "./server-comparison";
import { ServerFacts } from "./server-facts";
import { StepHeading } from "./step-heading";
import { TargetChoice } from "./target-choice";
import { isStale, targetTestInput } from "./test-result";
import { useEarlyFacts } from "./use-early-facts";
import { useWizard } from "./wizard-context";
import { NEW_SERVER } from "./wizard-form";

/** Step 3: where the databases go, tested. */
export function TargetStep() {
  const { values, servers, tests, runTest } = useWizard();
  const earlyFacts = useEarlyFacts();
  const { choice } = values.target;
  const input = targetTestInput(values, servers);
  const registered = servers.find((server) => server.resourceId === choice);
  const test = tests.target.finished;
  const fresh = test !== null && !isStale(test, input) ? test.report : null;
  const problem = targetProblem(tests.source.finished?.report.inventory ?? null, fresh?.inventory ?? null);
  return (
    <>
      <StepHeading step="target">The PostgreSQL server that receives the databases.</StepHeading>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TargetChoice />
        {choice === NEW_SERVER && <NewServerFields />}
        {registered?.azureResourceId ? (
          <AzureTarget id={registered.azureResourceId} server={registered.name} />
        ) : (
          registered && <ServerFacts server={registered} inventory={fresh?.inventory ?? null} />
        )}
        {choice !== "" && <CredentialFields side="target" />}
      </div>
      {choice !== "" && (
        <ConnectionTestSection
          test={tests.target}
          input={input}
          onTest={() => runTest("target")}
          description="The same probes as on the source, and the right to create databases."
        >
          {problem && (
            <Note tone="bad" role="alert" title={problem.title}>
              <p>
                {problem.cause} {problem.remedy}
              </p>
            </Note>
          )}
          <EarlyFindingNotes findings={pairFindings(earlyFacts)} />
          <NetworkHelp />
          {choice === NEW_SERVER && fresh?.ok && !problem && (
            <p className="text-table text-muted">
              {targetServer(values, servers)?.name} is registered when the migration starts, and stays for the
              next one.
            </p>
          )}
        </ConnectionTestSection>
      )}
    </>
  );
}
