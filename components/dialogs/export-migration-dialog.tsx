"use client";

import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { failureOf } from "@/components/live/request-failed";
import { exportOfResource } from "@/lib/migrations/export/exported-migration";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { ExportDialog } from "./export-dialog";
import { resourceUrl } from "./patch-migration";

interface ExportMigrationDialogProps {
  migration: MigrationDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Exports a migration there is, as its ARM resource tells it. */
export function ExportMigrationDialog({ migration, open, onOpenChange }: ExportMigrationDialogProps) {
  const { resourceId, name } = migration;
  const { data, error } = useQuery({
    queryKey: ["resource", resourceId],
    queryFn: ({ signal }) => readResource(resourceId, signal),
    enabled: open,
  });
  return (
    <ExportDialog
      name={name}
      migration={data ? exportOfResource(data, migration) : null}
      failure={error ? error.message : null}
      open={open}
      onOpenChange={onOpenChange}
    />
  );
}

const resource = z.object({
  id: z.string(),
  location: z.string(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  properties: z.record(z.string(), z.unknown()),
});

async function readResource(resourceId: string, signal: AbortSignal) {
  const response = await fetch(resourceUrl(resourceId), { headers: { accept: "application/json" }, signal });
  if (!response.ok) throw await failureOf(response);
  return resource.parse(await response.json());
}
