"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Icon } from "@/components/ui/icon";
import { useServers } from "@/components/wizard/use-servers";
import type { RegisteredServer, ServerList } from "@/lib/migrations/server-contract";
import { AddServerDialog } from "./add-server-dialog";
import { RemoveServerDialog } from "./remove-server-dialog";
import { ServerTable } from "./server-table";

/** Target servers this installation knows. */
export function ServersView({ initial, canEdit }: { initial: ServerList; canEdit: boolean }) {
  const { servers, refresh } = useServers(initial);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<RegisteredServer | null>(null);
  const add = canEdit && (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Icon name="plus" />
      Add server
    </Button>
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
      {adding && (
        <AddServerDialog servers={servers} onClose={() => setAdding(false)} onAdded={() => void refresh()} />
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
