import type { ComponentProps } from "react";
import { classNames } from "./class-names";
import { Icon } from "./icon";

/** A data table; always give it a TableCaption. */
export function Table({ className, ...props }: ComponentProps<"table">) {
  return <table className={classNames("w-full border-collapse text-table", className)} {...props} />;
}

/** The table's name; heard, not seen, unless `className` says otherwise. */
export function TableCaption({ className, ...props }: ComponentProps<"caption">) {
  return <caption className={classNames("sr-only", className)} {...props} />;
}

export function TableHead({ className, ...props }: ComponentProps<"thead">) {
  return <thead className={className} {...props} />;
}

export function TableBody({ className, ...props }: ComponentProps<"tbody">) {
  return <tbody className={className} {...props} />;
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return <tr className={classNames("border-b border-line", className)} {...props} />;
}

interface TableHeaderProps extends ComponentProps<"th"> {
  numeric?: boolean;
}

/** A column's heading. */
export function TableHeader({ numeric = false, className, ...props }: TableHeaderProps) {
  return (
    <th
      scope="col"
      className={classNames(
        "border-y border-line bg-surface px-2 py-1.5 text-caption font-medium whitespace-nowrap text-muted first:pl-3 last:pr-3",
        numeric ? "text-right" : "text-left",
        className,
      )}
      {...props}
    />
  );
}

interface SortHeaderProps extends TableHeaderProps {
  /** How the table is sorted by this column; null when by another. */
  direction: "ascending" | "descending" | null;
  onSort: () => void;
}

/** A column's heading that sorts. */
export function SortHeader({ direction, onSort, children, ...props }: SortHeaderProps) {
  return (
    <TableHeader {...props} aria-sort={direction ?? undefined}>
      <button
        type="button"
        onClick={onSort}
        className={classNames("inline-flex min-h-6 items-center gap-0.5", direction && "text-fg")}
      >
        {children}
        {direction && <Icon name={direction === "ascending" ? "sort-up" : "sort-down"} size={14} />}
      </button>
    </TableHeader>
  );
}

interface TableCellProps extends ComponentProps<"td"> {
  numeric?: boolean;
}

/** A cell. */
export function TableCell({ numeric = false, className, ...props }: TableCellProps) {
  return (
    <td
      className={classNames(
        "p-2 align-top first:pl-3 last:pr-3",
        numeric && "text-right whitespace-nowrap",
        className,
      )}
      {...props}
    />
  );
}

/** The cell that names its row. */
export function TableRowHeader({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      scope="row"
      className={classNames("p-2 text-left align-top font-medium first:pl-3 last:pr-3", className)}
      {...props}
    />
  );
}
