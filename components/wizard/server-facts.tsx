import { FactList } from "@/components/ui/panel";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { SSL_MODE_LABELS } from "@/lib/migrations/labels";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import type { ServerInventory } from "@/lib/postgres/probes/report";

interface ServerFactsProps {
  server: RegisteredServer;
  /** What a fresh test found; newer than what was registered. */
  inventory: ServerInventory | null;
}

/** What is known of a registered server, as ARM names it. */
export function ServerFacts({ server, inventory }: ServerFactsProps) {
  const version = inventory?.version ?? server.version;
  const bytes = inventory?.totalBytes ?? server.storageBytes;
  return (
    <FactList
      className="col-span-full rounded-md border border-line px-4 py-1.5"
      facts={[
        { label: "Subscription", value: "Howdah, this installation" },
        { label: "Resource group", value: server.resourceGroup },
        { label: "Server name", value: server.name },
        { label: "Location", value: server.location },
        { label: "Address", value: <code>{`${server.host}:${server.port}`}</code> },
        { label: "SSL mode", value: SSL_MODE_LABELS[server.sslMode] },
        {
          label: "PostgreSQL version",
          value: version
            ? [version, bytes === null ? null : `${formatBytes(bytes)} in use`].filter(Boolean).join(", ")
            : "Read by the connection test",
        },
      ]}
    />
  );
}
