"use client";

import { useTable } from "@tanstack/react-table";
import { type RefObject, useMemo } from "react";
import { classNames } from "@/components/ui/class-names";
import { SortHeader, TableHeader } from "@/components/ui/table";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { COLUMN_LOOKS, type GridRow, gridColumns, gridFeatures } from "./grid-columns";
import { type GridView, toggleSort } from "./grid-view";

interface GridTableProps {
  rows: readonly MigrationSummary[];
  view: GridView;
  onView: (view: GridView) => void;
  renderedAtMs: number;
  refreshing: boolean;
  tableRef: RefObject<HTMLTableElement | null>;
}

/**
 * The migrations as a table; below 768 px each row is a card. Roles are spelled out because a table that CSS lays out
 * otherwise loses them.
 */
export function GridTable({ rows, view, onView, renderedAtMs, refreshing, tableRef }: GridTableProps) {
  const data = useMemo<GridRow[]>(
    () => rows.map((migration) => ({ migration, renderedAtMs })),
    [rows, renderedAtMs],
  );
  const table = useTable({
    features: gridFeatures,
    columns: gridColumns,
    data,
    getRowId: (row) => row.migration.id,
  });
  return (
    <table
      ref={tableRef}
      {...ROLES.table}
      aria-busy={refreshing}
      className="w-full table-fixed border-collapse text-table max-md:block"
    >
      <caption className="sr-only">Migrations. Times in UTC.</caption>
      <thead {...ROLES.rowgroup} className="max-md:sr-only">
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id} {...ROLES.row}>
            {group.headers.map((header) => (
              <GridHeader key={header.id} id={header.column.id} view={view} onView={onView}>
                <table.FlexRender header={header} />
              </GridHeader>
            ))}
          </tr>
        ))}
      </thead>
      <tbody {...ROLES.rowgroup} className="max-md:grid max-md:grid-cols-[minmax(0,1fr)] max-md:gap-2">
        {table.getRowModel().rows.map((row) => (
          <tr
            key={row.id}
            {...ROLES.row}
            className={classNames(
              "border-b border-line hover:bg-surface",
              "max-md:grid max-md:grid-cols-[minmax(0,1fr)] max-md:gap-0.5 max-md:rounded-md max-md:border max-md:px-3 max-md:py-2.5",
              row.original.migration.state === "WaitingForUserAction" &&
                "border-need md:border-line md:shadow-[inset_2px_0_0_var(--need)]",
            )}
          >
            {row.getAllCells().map((cell) => (
              <GridCell key={cell.id} id={cell.column.id}>
                <table.FlexRender cell={cell} />
              </GridCell>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface GridHeaderProps {
  id: string;
  view: GridView;
  onView: (view: GridView) => void;
  children: React.ReactNode;
}

function GridHeader({ id, view, onView, children }: GridHeaderProps) {
  const look = COLUMN_LOOKS[id];
  const common = {
    role: "columnheader",
    numeric: look?.numeric ?? false,
    title: look?.label,
    className: classNames(look?.width, look?.className),
  };
  const sort = look?.sort;
  if (!sort) return <TableHeader {...common}>{children}</TableHeader>;
  const direction = view.sort !== sort ? null : view.descending ? "descending" : "ascending";
  return (
    <SortHeader {...common} direction={direction} onSort={() => onView(toggleSort(view, sort))}>
      {children}
    </SortHeader>
  );
}

/** Named by spreading: browsers that drop a table's roles with its layout need them said, linters see them as doubled. */
const ROLES = {
  table: { role: "table" },
  rowgroup: { role: "rowgroup" },
  row: { role: "row" },
  rowheader: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

const CELL = "p-2 align-top max-md:p-0 wrap-anywhere first:pl-3 last:pr-3 max-md:first:pl-0 max-md:last:pr-0";

function GridCell({ id, children }: { id: string; children: React.ReactNode }) {
  const look = COLUMN_LOOKS[id];
  if (id === "name") {
    return (
      <th {...ROLES.rowheader} scope="row" className={classNames(CELL, "text-left font-medium")}>
        {children}
      </th>
    );
  }
  if (id === "status") {
    return (
      <td
        {...ROLES.cell}
        className={classNames(CELL, "max-md:my-1.5 max-md:border-b max-md:border-line max-md:pb-2")}
      >
        {children}
      </td>
    );
  }
  return (
    <td
      {...ROLES.cell}
      className={classNames(
        CELL,
        "max-md:grid max-md:grid-cols-[132px_minmax(0,1fr)] max-md:gap-2",
        look?.numeric && "md:text-right md:whitespace-nowrap",
        look?.className,
      )}
    >
      <span aria-hidden="true" className="text-caption/[18px] text-muted md:hidden">
        {look?.label}
      </span>
      <span className="block min-w-0 max-md:flex max-md:flex-wrap max-md:gap-x-2">{children}</span>
    </td>
  );
}
