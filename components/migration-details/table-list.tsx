"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { groupDigits } from "@/lib/migrations/format-quantity";
import type { TableSort } from "@/lib/migrations/read-model";
import { ariaSort, nextOrder, SORT_LABELS } from "./table-order";
import { columnHeaderProps, ROLES, rowProps, tableProps } from "./table-roles";
import { TABLE_COLUMNS, TableRow } from "./table-row";
import { type TableFilter, type TableOrder, useTablePages } from "./use-table-pages";

interface TableListProps {
  migrationId: string;
  /** When the migration's present attempt began. */
  startedAt: string | null;
  database: string;
  filter: TableFilter;
  active: boolean;
  /** Its columns tell what was applied since the copy, not the copy's rates. */
  online: boolean;
  onOrder: (order: TableOrder | null) => void;
}

/** Height of a row before it was measured, in CSS pixels. */
const ROW_HEIGHT = 33;
/** Rows rendered beyond the window's edges. */
const OVERSCAN = 8;

/** The tables of one database. Only what is in the window exists: there may be thousands. */
export function TableList(props: TableListProps) {
  const { migrationId, database, filter, active, startedAt, online, onOrder } = props;
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
      <div
        {...tableProps(`Tables of ${database}${filter.sort === null ? ", errors first" : ""}`, count + 1)}
        className="text-table"
      >
        <TableListHead online={online} order={filter.sort} onOrder={onOrder} />
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
                startedAt={startedAt}
                online={online}
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

interface Heading {
  label: string;
  sort: TableSort | null;
  className: string;
}

const COPIED: readonly Heading[] = [
  { label: SORT_LABELS.name, sort: "name", className: "pl-7" },
  { label: "Status", sort: null, className: "px-2" },
  { label: "Progress", sort: null, className: "px-2" },
  { label: SORT_LABELS.bytes, sort: "bytes", className: "px-2 text-right" },
  { label: SORT_LABELS.rows, sort: "rows", className: "px-2 text-right" },
];

const OFFLINE_HEADINGS: readonly Heading[] = [
  ...COPIED,
  { label: SORT_LABELS.rate, sort: "rate", className: "px-2 text-right max-xl:hidden" },
  { label: SORT_LABELS.rowRate, sort: "rowRate", className: "px-2 text-right max-xl:hidden" },
  { label: "Format", sort: null, className: "px-2 max-xl:hidden" },
  { label: SORT_LABELS.duration, sort: "duration", className: "pl-2 text-right" },
];

/** In the widths of the columns they stand for. */
const ONLINE_HEADINGS: readonly Heading[] = [
  ...COPIED,
  { label: SORT_LABELS.inserts, sort: "inserts", className: "px-2 text-right max-xl:hidden" },
  { label: SORT_LABELS.updates, sort: "updates", className: "px-2 text-right max-xl:hidden" },
  { label: SORT_LABELS.deletes, sort: "deletes", className: "px-2 text-right max-xl:hidden" },
  { label: SORT_LABELS.changes, sort: "changes", className: "pl-2 text-right xl:hidden" },
  { label: SORT_LABELS.duration, sort: "duration", className: "pl-2 text-right max-xl:hidden" },
];

interface TableListHeadProps {
  order: TableOrder | null;
  onOrder: (order: TableOrder | null) => void;
}

/** Column headings; on narrow screens heard only, as each row says what its figures are and the toolbar sorts. */
function TableListHead({ online, order, onOrder }: TableListHeadProps & { online: boolean }) {
  const headings = online ? ONLINE_HEADINGS : OFFLINE_HEADINGS;
  return (
    <div {...ROLES.rowgroup} className="max-lg:hidden">
      <div
        {...rowProps(1)}
        className={`${TABLE_COLUMNS} border-b border-line py-1 text-caption font-medium text-muted`}
      >
        {headings.map(({ label, sort, className }) => (
          <span
            key={label}
            {...columnHeaderProps(sort === null ? undefined : ariaSort(order, sort))}
            className={className}
          >
            {sort === null ? label : <SortButton label={label} sort={sort} order={order} onOrder={onOrder} />}
          </span>
        ))}
      </div>
    </div>
  );
}

function SortButton({
  label,
  sort,
  order,
  onOrder,
}: TableListHeadProps & { label: string; sort: TableSort }) {
  const direction = ariaSort(order, sort);
  return (
    <button
      type="button"
      onClick={() => onOrder(nextOrder(order, sort))}
      className={classNames("inline-flex min-h-6 items-center gap-0.5 hover:text-fg", direction && "text-fg")}
    >
      {label}
      {direction && <Icon name={direction === "ascending" ? "sort-up" : "sort-down"} size={14} />}
    </button>
  );
}
