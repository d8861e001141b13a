"use client";

import { useQuery } from "@tanstack/react-query";
import { Note } from "@/components/ui/note";
import { FactList } from "@/components/ui/panel";
import { RadioCards } from "@/components/ui/radio-cards";
import { Spinner } from "@/components/ui/spinner";
import type { AzureServerDetails } from "@/lib/migrations/azure-contract";
import { azureHindrances } from "@/lib/migrations/azure-hindrances";
import { RUNNER_LABELS } from "@/lib/migrations/labels";
import type { Runner } from "@/lib/migrations/vocabulary";
import { sendJson } from "./arm-requests";
import { useWizardField } from "./wizard-context";

/** A flexible server as Azure knows it now, what stands against a migration into it, and who is to run that. */
export function AzureTarget({ id }: { id: string }) {
  const runBy = useWizardField("body.properties.howdah.runBy");
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
