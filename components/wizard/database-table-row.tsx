"use client";

import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { TableCell, TableRow, TableRowHeader } from "@/components/ui/table";
import type { DatabaseSelection } from "@/lib/migrations/filter";
import { formatBytes, joinNames } from "@/lib/migrations/format-quantity";
import type { DatabaseRow } from "./database-rows";
import { DatabaseObjects } from "./objects/database-objects";
import { describeSelection } from "./objects/selection-summary";
import { useMedia } from "./use-media";

interface DatabaseTableRowProps {
  row: DatabaseRow;
  checked: boolean;
  onToggle: (name: string, checked: boolean) => void;
  selection: DatabaseSelection;
  /** What is wrong with its target name. */
  problem: string | undefined;
  onSelect: (selection: DatabaseSelection) => void;
}

/** One database; the notes say what is special about it, below the name on narrow windows. */
export function DatabaseTableRow({
  row,
  checked,
  onToggle,
  selection,
  problem,
  onSelect,
}: DatabaseTableRowProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const isWide = useMedia("(min-width: 40rem)");
  const blocked = row.blockedReason !== null;
  const isChosen = checked && !blocked;
  const summary = describeSelection(selection);
  const notes = <Notes row={row} />;
  return (
    <>
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
            {isChosen && (
              <span className="col-start-3 -ml-2 flex min-w-0 flex-wrap items-center gap-x-2">
                <Button
                  size="small"
                  variant="quiet"
                  aria-expanded={open}
                  aria-controls={open ? `${id}-objects` : undefined}
                  aria-label={`Objects and name of ${row.name}`}
                  onClick={() => setOpen(!open)}
                >
                  <Icon name="right" className={classNames("transition-transform", open && "rotate-90")} />
                  Objects and name
                </Button>
                {summary && (
                  <span
                    className={classNames(
                      "min-w-0 text-caption wrap-anywhere",
                      problem ? "text-bad" : "text-fg",
                    )}
                  >
                    {summary}
                  </span>
                )}
              </span>
            )}
          </span>
        </TableRowHeader>
        <TableCell className="truncate max-sm:hidden" title={row.owner}>
          {row.owner}
        </TableCell>
        <TableCell numeric>{row.sizeBytes === null ? "–" : formatBytes(row.sizeBytes)}</TableCell>
        <TableCell className="wrap-anywhere max-sm:hidden">{notes}</TableCell>
      </TableRow>
      {isChosen && open && (
        <TableRow>
          <td colSpan={isWide ? 4 : 2} className="p-0">
            <DatabaseObjects
              id={`${id}-objects`}
              selection={selection}
              problem={problem}
              onChange={onSelect}
            />
          </td>
        </TableRow>
      )}
    </>
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
          {row.targetName === row.name ? "Exists" : `${row.targetName} exists`} on target
          {row.targetSizeBytes === null ? "" : `, ${formatBytes(row.targetSizeBytes)}`}
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
