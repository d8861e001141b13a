"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { groupDigits } from "@/lib/migrations/format-quantity";
import { ROLES, rowProps, tableProps } from "./table-roles";
import { TABLE_COLUMNS, TableRow } from "./table-row";
import { type TableFilter, useTablePages } from "./use-table-pages";

interface TableListProps {
  migrationId: string;
  database: string;
  filter: TableFilter;
  active: boolean;
}

/** Height of a row before it was measured, in CSS pixels. */
const ROW_HEIGHT = 33;
/** Rows rendered beyond the window's edges. */
const OVERSCAN = 8;

/** The tables of one database. Only what is in the window exists: there may be thousands. */
export function TableList({ migrationId, database, filter, active }: TableListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, last: 0 });
  const pages = useTablePages({ migrationId, database, filter, active, ...range });
  const count = pages.total ?? 0;
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    onChange: (instance) => {
      const next = { first: instance.range?.startIndex ?? 0, last: instance.range?.endIndex ?? 0 };
      setRange((known) => (known.first === next.first && known.last === next.last ? known : next));
    },
  });
  if (pages.total === 0) {
    return <p className="px-3 pb-3 text-table text-muted lg:pl-11">No table of {database} matches.</p>;
  }
  return (
    <>
      <div {...tableProps(`Tables of ${database}, errors first`, count + 1)} className="text-table">
        <TableListHead />
        <div
          ref={scroller}
          {...SCROLLER_PROPS}
          className="max-h-104 overflow-y-auto focus-visible:-outline-offset-2"
        >
          <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => (
              <TableRow
                key={item.key}
                index={item.index}
                table={pages.rowAt(item.index)}
                offsetPx={item.start}
                measure={virtualizer.measureElement}
              />
            ))}
          </div>
        </div>
      </div>
      <p className="border-t border-line px-3 py-1.5 text-caption text-muted lg:pl-11">
        {groupDigits(count)} {count === 1 ? "table" : "tables"}
        {pages.failed && <span className="text-warn"> · the list could not be refreshed, retrying</span>}
      </p>
    </>
  );
}

/** Scrolling by keyboard needs the focus. */
const SCROLLER_PROPS = { ...ROLES.rowgroup, tabIndex: 0 };

const HEADINGS = [
  { label: "Table", className: "pl-7" },
  { label: "Status", className: "px-2" },
  { label: "Progress", className: "px-2" },
  { label: "Copied", className: "px-2 text-right" },
  { label: "Rows, estimated", className: "px-2 text-right" },
  { label: "Rate", className: "px-2 text-right max-xl:hidden" },
  { label: "Elapsed", className: "pl-2 text-right" },
];

/** Column headings; on narrow screens heard only, as each row says what its figures are. */
function TableListHead() {
  return (
    <div {...ROLES.rowgroup} className="max-lg:sr-only">
      <div
        {...rowProps(1)}
        className={`${TABLE_COLUMNS} border-b border-line py-1.5 text-caption font-medium text-muted`}
      >
        {HEADINGS.map((heading) => (
          <span key={heading.label} {...ROLES.columnheader} className={heading.className}>
            {heading.label}
          </span>
        ))}
      </div>
    </div>
  );
}
