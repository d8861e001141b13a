import { classNames } from "@/components/ui/class-names";
import { Panel } from "@/components/ui/panel";
import { StatusBadge, TONE_TEXT } from "@/components/ui/status-badge";
import { formatBytes } from "@/lib/migrations/format-quantity";
import type { FollowedDatabase } from "@/lib/migrations/read-model";
import { slotStatus, type WalBudget, walBudget } from "@/lib/migrations/slot-health";

interface SlotListProps {
  databases: readonly FollowedDatabase[];
  /** The migration's own limit for each slot; null: none. */
  walLimitBytes: number | null;
}

/** The replication slots on the source: whether they are read, and how much WAL they make the source keep. */
export function SlotList({ databases, walLimitBytes }: SlotListProps) {
  if (databases.length === 0) return null;
  const aside = walLimitBytes === null ? "No limit set" : `Limit ${formatBytes(walLimitBytes)} each`;
  return (
    <Panel title="Replication slots on the source" aside={aside} bodyClassName="p-0">
      <ul>
        {databases.map((database) => (
          <SlotItem key={database.name} database={database} walLimitBytes={walLimitBytes} />
        ))}
      </ul>
    </Panel>
  );
}

function SlotItem({
  database,
  walLimitBytes,
}: { database: FollowedDatabase } & Omit<SlotListProps, "databases">) {
  const { name, slot } = database;
  const budget = slot && walBudget(slot, walLimitBytes);
  return (
    <li className="grid gap-x-4 gap-y-1.5 border-b border-line px-4 py-2.5 text-table last:border-0 md:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
      <div className="min-w-0">
        <p className="font-semibold wrap-anywhere">{name}</p>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <StatusBadge status={slotStatus(slot)} />
          {slot && <code className="wrap-anywhere text-muted">{slot.name}</code>}
          {slot?.walStatus && <span className="text-muted">WAL {slot.walStatus}</span>}
        </p>
      </div>
      {budget ? (
        <WalMeter name={name} budget={budget} />
      ) : (
        <p className="text-muted">The source has not told how much WAL it keeps.</p>
      )}
    </li>
  );
}

/** How much of its budget a slot takes, in words and as a bar with the marks of 75 and 90 percent. */
function WalMeter({ name, budget }: { name: string; budget: WalBudget }) {
  const { status, percent, text } = budget;
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center justify-between gap-x-3">
        <span>
          <span className="text-muted">WAL kept: </span>
          {text}
          {percent !== null && `, ${percent}%`}
        </span>
        <StatusBadge status={status} />
      </p>
      {percent !== null && (
        <span
          {...meterProps(name, budget, percent)}
          className={classNames(
            "relative mt-1.5 block h-1.5 overflow-hidden rounded-full bg-line",
            TONE_TEXT[status.tone],
          )}
        >
          <span className="block h-full rounded-full bg-current" style={{ width: `${percent}%` }} />
          <span className="absolute inset-y-0 left-3/4 w-px bg-control" />
          <span className="absolute inset-y-0 left-[90%] w-px bg-control" />
        </span>
      )}
      <p className="mt-1 text-caption text-muted">{limitText(budget)}</p>
    </div>
  );
}

/** Not <meter>: its look cannot be set alike in all browsers. */
function meterProps(name: string, { text, status }: WalBudget, percent: number) {
  return {
    role: "meter",
    "aria-label": `WAL kept for ${name}`,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": percent,
    "aria-valuetext": `${text}, ${status.label.toLowerCase()}`,
  } as const;
}

function limitText({ limit, status }: WalBudget): string {
  if (status.label === "Lost") return "The source gave the slot up: this database has to be migrated again.";
  switch (limit) {
    case null:
      return "Nothing but the source's disk limits it.";
    case "migration":
      return "At the limit the slot is dropped and the migration fails, so that the source's disk does not fill.";
    case "source":
      return "At max_slot_wal_keep_size the source gives the slot up, and the migration has to begin again.";
  }
}
