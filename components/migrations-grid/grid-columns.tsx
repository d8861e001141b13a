"use client";

import { createColumnHelper, tableFeatures } from "@tanstack/react-table";
import { MODE_LABELS, OPTION_LABELS, SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { DatabasesCell, DurationCell, NameCell, SourceCell, StartCell } from "./grid-cells";
import type { SortColumn } from "./grid-view";
import { StatusCell } from "./status-cell";

/** What a row needs beside its migration. */
export interface GridRow {
  migration: MigrationSummary;
  renderedAtMs: number;
}

export const gridFeatures = tableFeatures({});
const helper = createColumnHelper<typeof gridFeatures, GridRow>();

/** The nine columns of the portal, in its order; filtering and sorting happen before, in grid-view. */
export const gridColumns = helper.columns([
  helper.display({
    id: "name",
    header: "Name",
    cell: ({ row }) => <NameCell migration={row.original.migration} />,
  }),
  helper.display({
    id: "status",
    header: "Status",
    cell: ({ row }) => <StatusCell migration={row.original.migration} />,
  }),
  helper.display({
    id: "mode",
    header: "Mode",
    cell: ({ row }) => MODE_LABELS[row.original.migration.mode],
  }),
  helper.display({
    id: "type",
    header: "Type",
    cell: ({ row }) => OPTION_LABELS[row.original.migration.option],
  }),
  helper.display({
    id: "source",
    header: "Source server",
    cell: ({ row }) => <SourceCell migration={row.original.migration} />,
  }),
  helper.display({
    id: "sourceType",
    header: "Source type",
    cell: ({ row }) => SOURCE_TYPE_LABELS[row.original.migration.sourceType],
  }),
  helper.display({
    id: "databases",
    header: "Databases",
    cell: ({ row }) => <DatabasesCell migration={row.original.migration} />,
  }),
  helper.display({
    id: "duration",
    header: "Duration",
    cell: ({ row }) => <DurationCell {...row.original} />,
  }),
  helper.display({
    id: "start",
    header: "Start time",
    cell: ({ row }) => <StartCell migration={row.original.migration} />,
  }),
]);

interface ColumnLook {
  /** Full name, shown on cards and as the header's title where the header is shortened. */
  label: string;
  sort: SortColumn | null;
  numeric?: boolean;
  width: string;
  /** Hidden in a table that is too narrow; always shown on cards. */
  className?: string;
}

const HIDE_BELOW_LARGE = "md:max-lg:hidden";

export const COLUMN_LOOKS: Record<string, ColumnLook> = {
  name: { label: "Name", sort: "name", width: "w-[168px]" },
  status: { label: "Status", sort: "status", width: "" },
  mode: { label: "Migration mode", sort: null, width: "w-[62px]", className: HIDE_BELOW_LARGE },
  type: { label: "Migration type", sort: null, width: "w-[92px]", className: HIDE_BELOW_LARGE },
  source: { label: "Source server", sort: "source", width: "w-[132px]" },
  sourceType: { label: "Source server type", sort: null, width: "w-[100px]", className: "md:max-xl:hidden" },
  databases: { label: "Databases", sort: "databases", numeric: true, width: "w-[82px]" },
  duration: {
    label: "Duration",
    sort: "duration",
    numeric: true,
    width: "w-[84px]",
    className: HIDE_BELOW_LARGE,
  },
  start: { label: "Start time (UTC)", sort: "start", numeric: true, width: "w-[94px]" },
};
