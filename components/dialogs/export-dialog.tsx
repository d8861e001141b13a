"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog } from "@/components/ui/dialog";
import { downloadText } from "@/components/ui/download-text";
import { Icon } from "@/components/ui/icon";
import { Note } from "@/components/ui/note";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import {
  EXPORT_FORMATS,
  EXPORTS,
  type ExportFormat,
  exportFileName,
} from "@/lib/migrations/export/export-formats";
import type { ExportedMigration } from "@/lib/migrations/export/exported-migration";

interface ExportDialogProps {
  name: string;
  /** null while it is being read. */
  migration: ExportedMigration | null;
  /** Why it could not be read. */
  failure?: string | null;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** A migration as files that create it again, to copy or to download. */
export function ExportDialog({ name, migration, failure, open, onOpenChange }: ExportDialogProps) {
  const [format, setFormat] = useState<ExportFormat>("arm");
  const { label, hint, type, write } = EXPORTS[format];
  const text = migration && write(migration);
  const file = exportFileName({ name }, format);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Export ${name}`}
      description="Files that create the same migration again. They hold no passwords."
      className="sm:max-w-190"
      footer={
        <Button
          variant="primary"
          disabled={text === null}
          onClick={() => downloadText(file, type, text ?? "")}
        >
          <Icon name="download" />
          Download {file}
        </Button>
      }
    >
      <Tabs
        label="Format"
        tabs={EXPORT_FORMATS.map((value) => ({ value, label: EXPORTS[value].label }))}
        value={format}
        onValueChange={setFormat}
      >
        <p className="text-muted">{hint}</p>
        {failure && (
          <Note tone="bad" role="alert" title="The migration could not be read">
            {failure}
          </Note>
        )}
        {text !== null && <CodeBlock what={label} code={text.trimEnd()} />}
        {text === null && !failure && <Skeleton className="h-60" />}
        {migration && "howdah" in migration.properties && <OwnOptions />}
      </Tabs>
    </Dialog>
  );
}

/** Azure refuses or passes over what it does not know. */
function OwnOptions() {
  return (
    <p className="text-caption text-muted">
      Azure knows no property <code>howdah</code>: take it out before you use the file there.
    </p>
  );
}
