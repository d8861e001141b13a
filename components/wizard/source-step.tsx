"use client";

import { AddressFields } from "./address-fields";
import { CertificateField } from "./certificate-field";
import { ConnectionTestSection } from "./connection-test-section";
import { verifies } from "./create-request";
import { CredentialFields } from "./credential-fields";
import { EarlyFindingNotes } from "./early-finding-notes";
import { sourceFindings } from "./early-findings";
import { NetworkHelp } from "./network-help";
import { sourceTypeName } from "./source-types";
import { SslModeField } from "./ssl-mode-field";
import { StepHeading } from "./step-heading";
import { sourceTestInput } from "./test-result";
import { useEarlyFacts } from "./use-early-facts";
import { useWizard, useWizardField } from "./wizard-context";

/** Step 2: where the databases come from, tested. */
export function SourceStep() {
  const { values, tests, runTest } = useWizard();
  const earlyFacts = useEarlyFacts();
  const ssl = useWizardField("body.properties.sslMode");
  const certificate = useWizardField("body.properties.howdah.sourceCaCertificate");
  return (
    <>
      <StepHeading step="source">
        {sourceTypeName(values.body.properties.sourceType)}. The password stays in memory until the migration
        is created.
      </StepHeading>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <AddressFields side="source" />
        <CredentialFields side="source" />
        <SslModeField id={ssl.id} value={ssl.value} onChange={ssl.set} />
        {verifies(ssl.value) && (
          <CertificateField
            id={certificate.id}
            value={certificate.value}
            error={certificate.error}
            onChange={certificate.set}
          />
        )}
      </div>
      <ConnectionTestSection
        test={tests.source}
        input={sourceTestInput(values)}
        onTest={() => runTest("source")}
        description="Name, network, encryption, login, version and rights, in this order."
      >
        <EarlyFindingNotes findings={sourceFindings(earlyFacts)} />
        <NetworkHelp />
      </ConnectionTestSection>
    </>
  );
}
