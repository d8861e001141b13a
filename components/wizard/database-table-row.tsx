"use client";

import { useId } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { TableCell, TableRow, TableRowHeader } from "@/components/ui/table";
import { formatBytes, joinNames } from "@/lib/migrations/format-quantity";
import type { DatabaseRow } from "./database-rows";

interface DatabaseTableRowProps {
  row: DatabaseRow;
  checked: boolean;
  onToggle: (name: string, checked: boolean) => void;
}

/** One database; the notes say what is special about it, below the name on narrow windows. */
export function DatabaseTableRow({ row, checked, onToggle }: DatabaseTableRowProps) {
  const id = useId();
  const blocked = row.blockedReason !== null;
  const notes = <Notes row={row} />;
  return (
    <TableRow className={classNames("hover:bg-surface", (blocked || !checked) && "text-muted")}>
      <TableRowHeader className="font-normal">
        <span className="grid grid-cols-[16px_16px_minmax(0,1fr)] items-start gap-2">
          <Checkbox
            id={id}
            className="mt-px"
            checked={checked && !blocked}
            disabled={blocked}
            onCheckedChange={(next) => onToggle(row.name, next)}
          />
          <Icon name="database" className="mt-px" />
          <label
            htmlFor={id}
            title={row.name}
            className={classNames("truncate font-medium", blocked && "cursor-not-allowed")}
          >
            {row.name}
          </label>
          <span className="col-start-3 text-caption text-muted empty:hidden sm:hidden">{notes}</span>
        </span>
      </TableRowHeader>
      <TableCell className="truncate max-sm:hidden" title={row.owner}>
        {row.owner}
      </TableCell>
      <TableCell numeric>{row.sizeBytes === null ? "–" : formatBytes(row.sizeBytes)}</TableCell>
      <TableCell className="wrap-anywhere max-sm:hidden">{notes}</TableCell>
    </TableRow>
  );
}

function Notes({ row }: { row: DatabaseRow }) {
  if (row.blockedReason) return <>{row.blockedReason}</>;
  const rest = row.extensions
    .map((extension) => extension.split(" ")[0] ?? extension)
    .filter((name) => name !== "plpgsql" && !row.missingExtensions.includes(name));
  return (
    <>
      {row.existsOnTarget && (
        <span className="block text-warn">
          Exists on target{row.targetSizeBytes === null ? "" : `, ${formatBytes(row.targetSizeBytes)}`}
        </span>
      )}
      {row.missingExtensions.length > 0 && (
        <span className="block text-warn">{joinNames(row.missingExtensions)} not on target</span>
      )}
      {row.maintenance && <span className="block">Maintenance database</span>}
      {rest.length > 0 && <span className="block">{joinNames(rest, 4)}</span>}
    </>
  );
}
