"use client";

import { useState } from "react";
import { ExportDialog } from "@/components/dialogs/export-dialog";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { exportOfRequest } from "@/lib/migrations/export/exported-migration";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { createRequest } from "./create-request";
import type { WizardForm } from "./wizard-form";

/** The filled wizard as files for scripts and templates. */
export function ExportRequest({
  values,
  servers,
}: {
  values: WizardForm;
  servers: readonly RegisteredServer[];
}) {
  const [open, setOpen] = useState(false);
  const { resourceId, body } = createRequest(values, servers);
  return (
    <>
      <Button className="justify-self-start" onClick={() => setOpen(true)}>
        <Icon name="download" />
        Export
      </Button>
      <ExportDialog
        name={values.name}
        migration={exportOfRequest(resourceId, body)}
        open={open}
        onOpenChange={setOpen}
      />
    </>
  );
}
