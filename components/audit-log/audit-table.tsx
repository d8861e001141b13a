import type { ReactNode } from "react";
import { StatusBadge } from "@/components/ui/status-badge";
import { TableHeader } from "@/components/ui/table";
import type { AuditEvent } from "@/lib/migrations/access";
import { formatClock, formatDay } from "@/lib/migrations/format-time";
import type { Status } from "@/lib/migrations/status";
import { type AuditOutcome, actionWords, parseOutcome } from "./audit-words";

// Browsers that drop a table's roles with its layout need them said.
const ROLES = {
  table: { role: "table" },
  rowgroup: { role: "rowgroup" },
  row: { role: "row" },
  cell: { role: "cell" },
} as const;

const HEADINGS = ["When", "Who", "What", "On", "From", "Outcome"];

/** The events as a table; below 768 px each is a card. */
export function AuditTable({ events }: { events: readonly AuditEvent[] }) {
  return (
    <table {...ROLES.table} className="w-full border-collapse text-table max-md:block">
      <caption className="sr-only">Audit log, newest first. Times in UTC.</caption>
      <thead {...ROLES.rowgroup} className="max-md:sr-only">
        <tr {...ROLES.row}>
          {HEADINGS.map((heading) => (
            <TableHeader key={heading}>{heading}</TableHeader>
          ))}
        </tr>
      </thead>
      <tbody {...ROLES.rowgroup} className="max-md:grid max-md:grid-cols-[minmax(0,1fr)] max-md:gap-2">
        {events.map((event) => (
          <AuditRow key={event.id} event={event} />
        ))}
      </tbody>
    </table>
  );
}

function AuditRow({ event }: { event: AuditEvent }) {
  return (
    <tr
      {...ROLES.row}
      className="border-b border-line hover:bg-surface max-md:grid max-md:grid-cols-[minmax(0,1fr)] max-md:gap-0.5 max-md:rounded-md max-md:border max-md:px-3 max-md:py-2.5"
    >
      <Cell label="When" className="whitespace-nowrap">
        <time dateTime={event.at}>
          {formatClock(event.at)}
          <span className="block text-caption text-muted">{formatDay(event.at)}</span>
        </time>
      </Cell>
      <Cell label="Who">
        {event.actor}
        <span className="block text-caption text-muted">{event.role}</span>
      </Cell>
      <Cell label="What">
        <span title={event.action}>{actionWords(event.action)}</span>
      </Cell>
      <Cell label="On">
        <span title={event.target}>{targetName(event.target)}</span>
      </Cell>
      <Cell label="From">
        <code>{event.address}</code>
      </Cell>
      <Cell label="Outcome">
        <Outcome outcome={event.outcome} />
      </Cell>
    </tr>
  );
}

function Cell({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <td
      {...ROLES.cell}
      className={`p-2 align-top wrap-anywhere first:pl-3 last:pr-3 max-md:grid max-md:grid-cols-[88px_minmax(0,1fr)] max-md:p-0 max-md:first:pl-0 ${className ?? ""}`}
    >
      <span aria-hidden="true" className="text-caption/[18px] text-muted md:hidden">
        {label}
      </span>
      <span className="min-w-0">{children}</span>
    </td>
  );
}

const OUTCOMES: Record<AuditOutcome["kind"], Status> = {
  succeeded: { label: "Succeeded", tone: "ok", icon: "succeeded" },
  refused: { label: "Refused", tone: "warn", icon: "canceled" },
  failed: { label: "Failed", tone: "bad", icon: "failed" },
};

function Outcome({ outcome }: { outcome: string }) {
  const { kind, code } = parseOutcome(outcome);
  return (
    <>
      <StatusBadge status={OUTCOMES[kind]} />
      {code && <code className="block text-muted">{code}</code>}
    </>
  );
}

/** The last part of a resource id; the whole id stands in the title. */
function targetName(target: string): string {
  if (target === "") return "–";
  return target.startsWith("/") ? (target.split("/").at(-1) ?? target) : target;
}
