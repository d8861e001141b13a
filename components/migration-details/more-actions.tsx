"use client";

import { useState } from "react";
import { ExportMigrationDialog } from "@/components/dialogs/export-migration-dialog";
import { resourceUrl } from "@/components/dialogs/patch-migration";
import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuItem, MenuSeparator } from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { announceFailure, announceSuccess } from "@/components/ui/toaster";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { ACTION_ICONS, ACTION_LABELS, isDirect, type OfferedAction } from "./offered-actions";

interface MoreActionsProps {
  migration: MigrationDetails;
  /** What can be done to the migration besides the buttons of the header. */
  actions: readonly OfferedAction[];
  onAction: (action: OfferedAction) => void;
}

/** What is needed now and then: rare actions, the resource's id and its ARM form. */
export function MoreActions({ migration, actions, onAction }: MoreActionsProps) {
  const [exporting, setExporting] = useState(false);
  return (
    <>
      <DropdownMenu
        trigger={
          <Button size="icon" aria-label="More actions">
            <Icon name="more" />
          </Button>
        }
      >
        {actions.map((action) => (
          <MenuItem
            key={action}
            icon={ACTION_ICONS[action]}
            danger={action === "delete"}
            onSelect={() => onAction(action)}
          >
            {ACTION_LABELS[action]}
            {!isDirect(action) && " …"}
          </MenuItem>
        ))}
        {actions.length > 0 && <MenuSeparator />}
        <MenuItem icon="download" onSelect={() => setExporting(true)}>
          Export …
        </MenuItem>
        <MenuItem icon="copy" onSelect={() => void copy(migration.resourceId)}>
          Copy resource id
        </MenuItem>
        <MenuItem asChild>
          <a href={resourceUrl(migration.resourceId)} target="_blank" rel="noreferrer">
            <Icon name="external" className="text-muted" />
            Open as JSON
          </a>
        </MenuItem>
      </DropdownMenu>
      <ExportMigrationDialog migration={migration} open={exporting} onOpenChange={setExporting} />
    </>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announceSuccess("Resource id copied");
  } catch {
    // Browsers refuse the clipboard on pages served without TLS from another machine.
    announceFailure("The browser refused the clipboard", text);
  }
}
