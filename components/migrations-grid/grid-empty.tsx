import Link from "next/link";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Icon } from "@/components/ui/icon";

const STEPS = [
  { title: "Setup", detail: "Name, source type, option", time: "1 min" },
  { title: "Connect", detail: "Source and target, each with a connection test", time: "2 min" },
  { title: "Choose databases", detail: "With their sizes, as many as you like", time: "1 min" },
  {
    title: "Validate and migrate",
    detail: "Progress per table, cancel at any time",
    time: "runs without you",
  },
] as const;

/** First visit: what a migration is, one action, and what will follow. */
export function GridEmpty() {
  return (
    <EmptyState
      icon="database"
      title="Create your first migration"
      description="A migration moves one or more PostgreSQL databases, schema and data, to Azure Database for PostgreSQL flexible server or to any other PostgreSQL. The source is only read."
      actions={
        <Button asChild variant="primary">
          <Link href="/migrations/new" aria-keyshortcuts="c">
            <Icon name="plus" />
            Create migration
          </Link>
        </Button>
      }
    >
      <ol className="mt-6 w-full divide-y divide-line rounded-md border border-line text-left">
        {STEPS.map((step, index) => (
          <li key={step.title} className="grid grid-cols-[20px_minmax(0,1fr)_auto] gap-3 px-4 py-2.5">
            <span aria-hidden="true" className="font-medium text-muted">
              {index + 1}
            </span>
            <span>
              <span className="font-medium">{step.title}</span>
              <span className="block text-muted">{step.detail}</span>
            </span>
            <span className="text-caption/5 text-muted">{step.time}</span>
          </li>
        ))}
      </ol>
    </EmptyState>
  );
}

/** The view hides everything there is. */
export function GridFilteredEmpty({ total, onClear }: { total: number; onClear: () => void }) {
  return (
    <EmptyState
      icon="search"
      title="No migration matches"
      description={
        total === 1
          ? "There is one migration, hidden by search or filters."
          : `There are ${total} migrations, hidden by search or filters.`
      }
      actions={<Button onClick={onClear}>Clear search and filters</Button>}
    />
  );
}
