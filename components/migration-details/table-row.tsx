import { classNames } from "@/components/ui/class-names";
import { ProgressBar } from "@/components/ui/progress-bar";
import { Skeleton } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import type { TableProgress } from "@/lib/migrations/read-model";
import { tableStatus } from "@/lib/migrations/status";
import { type TableFigures, tableFigures, tableNote } from "./table-figures";
import { ROLES, rowProps } from "./table-roles";

/** Edges of the columns; the database's own line repeats them. */
export const TABLE_COLUMNS =
  "grid items-center px-3 lg:grid-cols-[minmax(0,1fr)_112px_128px_116px_96px_96px] lg:px-4 xl:grid-cols-[minmax(0,1fr)_112px_112px_116px_88px_84px_84px_68px_96px]";

interface TableRowProps {
  index: number;
  /** undefined while its page is on its way. */
  table: TableProgress | undefined;
  offsetPx: number;
  measure: (element: Element | null) => void;
  /** When the migration's present attempt began. */
  startedAt: string | null;
  /** Shows what was applied since the copy in place of the copy's rates. */
  online: boolean;
}

/** One table; on narrow screens its figures stand in a line below its name. */
export function TableRow({ index, table, offsetPx, measure, startedAt, online }: TableRowProps) {
  return (
    <div
      {...rowProps(index + 2)}
      ref={measure}
      data-index={index}
      className={classNames(
        TABLE_COLUMNS,
        "absolute inset-x-0 top-0 min-h-[33px] grid-cols-[minmax(0,1fr)_auto] gap-y-[3px] border-b border-line py-[7px] hover:bg-surface",
      )}
      style={{ transform: `translateY(${offsetPx}px)` }}
    >
      {table ? <TableCells table={table} startedAt={startedAt} online={online} /> : <Placeholder />}
    </div>
  );
}

function TableCells(props: { table: TableProgress; startedAt: string | null; online: boolean }) {
  const { table, startedAt, online } = props;
  const status = tableStatus(table.state, table.attempts, table.unfollowed);
  const figures = tableFigures(table);
  const note = tableNote(table, startedAt);
  const name = `${table.schema}.${table.name}`;
  return (
    <>
      <span {...ROLES.rowheader} className="min-w-0 lg:pl-7">
        <span className="line-clamp-2 font-mono text-code wrap-anywhere" title={name}>
          {name}
        </span>
        {note && (
          <span className="line-clamp-2 text-caption text-muted wrap-anywhere" title={note}>
            {note}
          </span>
        )}
      </span>
      <span {...ROLES.cell} className="self-start pl-2 lg:self-center">
        <StatusBadge status={status} />
      </span>
      <span
        {...ROLES.cell}
        className="col-span-2 grid grid-cols-[minmax(48px,1fr)_34px] items-center gap-2 text-muted lg:col-auto lg:px-2"
      >
        <ProgressBar value={figures.percent} label={name} valueText={figures.bytes} tone={status.tone} />
        <span className="text-right">{figures.percent}%</span>
      </span>
      <div className="col-span-2 flex flex-wrap gap-x-3 text-caption text-muted lg:contents lg:text-table lg:text-fg">
        <Figure text={figures.bytes} />
        <Figure text={figures.rows} unit="rows" />
        {online ? <Changes figures={figures} /> : <Rates figures={figures} format={table.format} />}
        <Figure text={figures.elapsed} className={online ? "lg:pr-0 lg:max-xl:hidden" : "lg:pr-0"} />
      </div>
    </>
  );
}

function Rates({ figures, format }: { figures: TableFigures; format: TableProgress["format"] }) {
  return (
    <>
      <Figure text={figures.rate} className="lg:max-xl:hidden" />
      <Figure text={figures.rowRate} className="lg:max-xl:hidden" />
      <Figure text={format} className="lg:text-left lg:max-xl:hidden" />
    </>
  );
}

/** Three columns where there is room, else their sum. */
function Changes({ figures: { changes } }: { figures: TableFigures }) {
  return (
    <>
      <Figure text={changes?.inserts ?? null} unit="inserted" className="lg:max-xl:hidden" />
      <Figure text={changes?.updates ?? null} unit="updated" className="lg:max-xl:hidden" />
      <Figure text={changes?.deletes ?? null} unit="deleted" className="lg:max-xl:hidden" />
      <Figure text={changes?.total ?? null} className="max-lg:hidden lg:pr-0 xl:hidden" />
    </>
  );
}

/** A figure of the row; one that is unknown is left out where figures stand in a line. */
function Figure({ text, unit, className }: { text: string | null; unit?: string; className?: string }) {
  return (
    <span
      {...ROLES.cell}
      className={classNames(
        "whitespace-nowrap lg:px-2 lg:text-right lg:text-table lg:text-fg",
        text === null && "max-lg:hidden",
        className,
      )}
    >
      {text ?? "–"}
      {unit && text !== null && <span className="lg:hidden"> {unit}</span>}
    </span>
  );
}

function Placeholder() {
  return (
    <span {...ROLES.cell} className="lg:pl-7">
      <span className="sr-only">Loading</span>
      <Skeleton className="w-48 max-w-full" />
    </span>
  );
}
