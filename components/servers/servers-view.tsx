"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Icon } from "@/components/ui/icon";
import { useServers } from "@/components/wizard/use-servers";
import type { Role } from "@/lib/migrations/access";
import type { RegisteredServer, ServerList } from "@/lib/migrations/server-contract";
import { AddServerDialog } from "./add-server-dialog";
import { AzureServersDialog } from "./azure/azure-servers-dialog";
import { registrationOf } from "./azure/registration-of";
import { EMPTY_SERVER, type NewServerForm } from "./new-server-form";
import { RemoveServerDialog } from "./remove-server-dialog";
import { ServerTable } from "./server-table";

/** Target servers this installation knows. */
export function ServersView({ initial, role }: { initial: ServerList; role: Role }) {
  const canEdit = role !== "viewer";
  const { servers, refresh } = useServers(initial);
  const [adding, setAdding] = useState<NewServerForm | null>(null);
  const [isInAzure, setInAzure] = useState(false);
  const [removing, setRemoving] = useState<RegisteredServer | null>(null);
  const add = canEdit && (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => setInAzure(true)}>Find in Azure</Button>
      <Button variant="primary" onClick={() => setAdding(EMPTY_SERVER)}>
        <Icon name="plus" />
        Add server
      </Button>
    </div>
  );
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
        <h1 tabIndex={-1} className="text-page">
          Servers
        </h1>
        {servers.length > 0 && add}
      </div>
      {servers.length === 0 ? (
        <EmptyState
          icon="server"
          title="No target server yet"
          description="A target server receives databases. Add one here, or give its address while creating a migration."
          actions={add}
        />
      ) : (
        <ServerTable servers={servers} onRemove={canEdit ? setRemoving : null} />
      )}
      {isInAzure && (
        <AzureServersDialog
          registered={servers}
          isAdmin={role === "admin"}
          onClose={() => setInAzure(false)}
          onChoose={(server) => {
            setInAzure(false);
            setAdding(registrationOf(server, servers));
          }}
        />
      )}
      {adding && (
        <AddServerDialog
          initial={adding}
          servers={servers}
          onClose={() => setAdding(null)}
          onAdded={() => void refresh()}
        />
      )}
      {removing && (
        <RemoveServerDialog
          server={removing}
          onClose={() => setRemoving(null)}
          onRemoved={() => void refresh()}
        />
      )}
    </>
  );
}
