"use client";

import { useQuery } from "@tanstack/react-query";
import { AllowanceOffers } from "@/components/azure-allowances/allowance-offers";
import { CheckboxField } from "@/components/ui/checkbox";
import { Note } from "@/components/ui/note";
import { FactList } from "@/components/ui/panel";
import { RadioCards } from "@/components/ui/radio-cards";
import { Spinner } from "@/components/ui/spinner";
import type { AzureServerDetails } from "@/lib/migrations/azure-contract";
import { azureHindrances } from "@/lib/migrations/azure-hindrances";
import { RUNNER_LABELS } from "@/lib/migrations/labels";
import type { Runner } from "@/lib/migrations/vocabulary";
import { sendJson } from "./arm-requests";
import { allowanceNeeds } from "./early-findings";
import { useEarlyFacts } from "./use-early-facts";
import { useWizard, useWizardField } from "./wizard-context";

/** A flexible server as Azure knows it now, what stands against a migration into it, and who is to run that. */
export function AzureTarget({ id, server: serverName }: { id: string; server: string }) {
  const { tests, runTest } = useWizard();
  const { source } = useEarlyFacts();
  const runBy = useWizardField("body.properties.howdah.runBy");
  const tune = useWizardField("body.properties.howdah.tuneTarget");
  const option = useWizardField("body.properties.migrationOption");
  const server = useQuery({
    queryKey: ["azure", "server", id],
    queryFn: async ({ signal }) =>
      (await sendJson(
        "GET",
        `/api/azure/server?${new URLSearchParams({ id })}`,
        undefined,
        signal,
      )) as AzureServerDetails,
    retry: false,
    staleTime: 60_000,
  });
  const hindrances = server.data ? azureHindrances(server.data) : [];
  return (
    <div className="col-span-full grid gap-4">
      {server.isPending && (
        <p role="status" className="flex items-center gap-2 text-muted">
          <Spinner />
          Asking Azure about the server ...
        </p>
      )}
      {server.error && (
        <Note tone="warn" title="Azure does not tell about this server now">
          <p className="wrap-anywhere">{server.error.message}</p>
        </Note>
      )}
      {server.data && <AzureFacts server={server.data} />}
      {hindrances.length > 0 && (
        <Note tone="warn" title="Before the migration">
          <ul className="grid gap-1">
            {hindrances.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Note>
      )}
      {server.data && (
        <AllowanceOffers
          id={id}
          server={serverName}
          needs={allowanceNeeds(source)}
          onSet={() => {
            // What the last test said of the target does not hold any more.
            if (tests.target.finished) runTest("target");
          }}
        />
      )}
      {runBy.value === "howdah" && option.value !== "Validate" && (
        <CheckboxField
          framed
          id={tune.id}
          label="Tune the target while it migrates"
          help="Sets max_wal_size, checkpoint_timeout and wal_compression in Azure before the copy (online also where temporary files go), without a restart, and puts the former values back however the migration ends. What somebody else changes meanwhile is left alone."
          checked={tune.value}
          onCheckedChange={tune.set}
        />
      )}
      <RadioCards
        label="Run by"
        name={runBy.id}
        value={runBy.value}
        onValueChange={(value) => runBy.set(value as Runner)}
        columns={2}
        cards={[
          {
            value: "howdah",
            label: RUNNER_LABELS.howdah,
            help: "Howdah's own engine copies the data: filters, pause, resume and verification are there.",
          },
          {
            value: "azure",
            label: RUNNER_LABELS.azure,
            help: "Azure moves whole databases by itself; Howdah asks for it, shows how it stands and hands on cutover and cancel.",
          },
        ]}
      />
    </div>
  );
}

function AzureFacts({ server }: { server: AzureServerDetails }) {
  const { sku, storageGiB, highAvailability, replicas } = server;
  return (
    <FactList
      className="rounded-md border border-line px-4 py-1.5"
      facts={[
        { label: "Subscription", value: <code>{server.subscriptionId}</code> },
        { label: "Resource group", value: server.resourceGroup },
        { label: "Server name", value: server.serverName },
        { label: "Location", value: server.location },
        { label: "Address", value: <code>{server.host}</code> },
        { label: "PostgreSQL version", value: server.version ?? "Not told" },
        { label: "SKU", value: sku ? `${sku.name}, ${sku.tier}` : "Not told" },
        { label: "Storage", value: storageGiB === null ? "Not told" : `${storageGiB} GiB` },
        { label: "High availability", value: highAvailability.isOn ? highAvailability.mode : "Off" },
        { label: "Read replicas", value: replicas.length === 0 ? "None" : replicas.join(", ") },
      ]}
    />
  );
}
