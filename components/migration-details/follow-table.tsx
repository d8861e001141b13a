import type { ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import { StatusBadge } from "@/components/ui/status-badge";
import { TableHeader } from "@/components/ui/table";
import { formatLag, formatShortTime } from "@/lib/migrations/format-duration";
import { formatBytes, groupDigits } from "@/lib/migrations/format-quantity";
import type { FollowedDatabase, MigrationDetails } from "@/lib/migrations/read-model";
import { databaseStatus } from "@/lib/migrations/status";

interface FollowTableProps {
  migration: MigrationDetails;
  databases: readonly FollowedDatabase[];
}

const COLUMNS = ["Status", "Lag", "Behind", "Incoming", "Applied", "Inserts", "Updates", "Deletes"] as const;

/** The stream of each database in figures; below 1024 px each row is a card. */
export function FollowTable({ migration, databases }: FollowTableProps) {
  return (
    <table {...ROLES.table} className="w-full border-collapse text-table max-lg:block">
      <caption className="sr-only">Change stream of each database</caption>
      <thead {...ROLES.rowgroup} className="max-lg:sr-only">
        <tr {...ROLES.row}>
          <TableHeader role="columnheader" className="border-t-0">
            Database
          </TableHeader>
          {COLUMNS.map((name) => (
            <TableHeader
              key={name}
              role="columnheader"
              numeric={name !== "Status"}
              className="border-t-0"
              title={TITLES[name]}
            >
              {name}
            </TableHeader>
          ))}
        </tr>
      </thead>
      <tbody {...ROLES.rowgroup} className="max-lg:grid max-lg:gap-2">
        {databases.map((database) => (
          <FollowRow key={database.name} database={database} migration={migration} />
        ))}
      </tbody>
    </table>
  );
}

const TITLES: Partial<Record<(typeof COLUMNS)[number], string>> = {
  Lag: "Time since the last applied transaction was committed on the source",
  Behind: "WAL of the source that is not applied yet",
  Incoming: "Changes received and not applied yet",
  Applied: "Changes applied since the copy",
};

function FollowRow({ database, migration }: { database: FollowedDatabase; migration: MigrationDetails }) {
  const state = migration.databaseProgress.find(({ name }) => name === database.name)?.state ?? null;
  const { cutover } = database;
  const lag =
    cutover !== null ? `Cut over in ${formatShortTime(cutover.ms)}` : upperFirst(formatLag(database.lagMs));
  return (
    <tr
      {...ROLES.row}
      className="max-lg:grid max-lg:grid-cols-2 max-lg:gap-x-4 max-lg:gap-y-0.5 max-lg:rounded-md max-lg:border max-lg:border-line max-lg:px-3 max-lg:py-2.5 lg:border-b lg:border-line lg:last:border-0"
    >
      <th
        scope="row"
        {...ROLES.rowheader}
        className="p-2 pl-3 text-left font-semibold wrap-anywhere max-lg:col-span-2 max-lg:p-0"
      >
        {database.name}
      </th>
      <Cell label="Status">
        <StatusBadge status={databaseStatus(state)} />
      </Cell>
      <Cell label="Lag" numeric className={database.lagMs === 0 && cutover === null ? "text-ok" : ""}>
        {lag}
      </Cell>
      <Cell label="Behind" numeric>
        {cutover === null ? formatBytes(database.lagBytes) : "–"}
      </Cell>
      <Cell label="Incoming" numeric>
        {cutover === null ? groupDigits(database.incomingChanges) : "–"}
      </Cell>
      <Cell label="Applied" numeric>
        {groupDigits(database.appliedChanges)}
      </Cell>
      <Cell label="Inserts" numeric>
        {groupDigits(database.inserts)}
      </Cell>
      <Cell label="Updates" numeric>
        {groupDigits(database.updates)}
      </Cell>
      <Cell label="Deletes" numeric>
        {groupDigits(database.deletes)}
      </Cell>
    </tr>
  );
}

interface CellProps {
  label: string;
  numeric?: boolean;
  className?: string;
  children: ReactNode;
}

function Cell({ label, numeric = false, className, children }: CellProps) {
  return (
    <td
      {...ROLES.cell}
      className={classNames(
        "max-lg:flex max-lg:justify-between max-lg:gap-2 lg:p-2 lg:last:pr-3",
        !numeric && "max-lg:col-span-2",
        numeric && "whitespace-nowrap lg:text-right",
        className,
      )}
    >
      <span aria-hidden="true" className="text-caption/[18px] text-muted lg:hidden">
        {label}
      </span>
      <span>{children}</span>
    </td>
  );
}

/** Browsers drop the roles of a table that is laid out otherwise. */
const ROLES = {
  table: { role: "table" },
  rowgroup: { role: "rowgroup" },
  row: { role: "row" },
  rowheader: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
