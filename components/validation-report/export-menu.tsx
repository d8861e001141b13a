"use client";

import { Button } from "@/components/ui/button";
import { downloadText } from "@/components/ui/download-text";
import { DropdownMenu, MenuItem } from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import type { ValidationDetails } from "@/lib/migrations/validation-details";
import { validationHtml } from "@/lib/migrations/validation-html";
import { validationMarkdown } from "@/lib/migrations/validation-markdown";

interface ExportMenuProps {
  /** Name of the migration, for file names and titles. */
  name: string;
  details: ValidationDetails;
}

/** Downloads the report as JSON, Markdown or a page to print. */
export function ExportMenu({ name, details }: ExportMenuProps) {
  const title = `Validation of ${name}`;
  return (
    <DropdownMenu
      trigger={
        <Button>
          Export
          <Icon name="down" />
        </Button>
      }
    >
      <MenuItem
        onSelect={() =>
          downloadText(`${name}-validation.json`, "application/json", JSON.stringify(details, null, 2))
        }
      >
        JSON
      </MenuItem>
      <MenuItem
        onSelect={() =>
          downloadText(`${name}-validation.md`, "text/markdown", validationMarkdown(title, details))
        }
      >
        Markdown
      </MenuItem>
      <MenuItem
        onSelect={() => downloadText(`${name}-validation.html`, "text/html", validationHtml(title, details))}
      >
        Page to print (HTML)
      </MenuItem>
    </DropdownMenu>
  );
}
