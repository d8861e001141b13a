import Link from "next/link";
import { Icon } from "@/components/ui/icon";
import { Panel } from "@/components/ui/panel";
import { MODE_LABELS, SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import { networkPrerequisite } from "@/lib/migrations/network-scenarios";
import type { MigrationMode, SourceType } from "@/lib/migrations/vocabulary";

/** What should be so before the migration starts: the network, which no rule checks, and the way to the rules, which say the rest. */
export function PrerequisitesPanel({ type, mode }: { type: SourceType; mode: MigrationMode }) {
  const network = networkPrerequisite(type);
  const rules = `/rules?${new URLSearchParams({ source: type, mode })}`;
  return (
    <Panel title="Before you start" aside={`${SOURCE_TYPE_LABELS[type]}, ${MODE_LABELS[mode].toLowerCase()}`}>
      <ul className="text-table">
        <Item>Both servers can be reached on their ports from where Howdah runs.</Item>
        <Item>
          {network.text} {network.code && <code>{network.code}</code>}
        </Item>
        {WRITES[mode].map((text) => (
          <Item key={text}>{text}</Item>
        ))}
        <Item>
          <Link href={rules} target="_blank">
            What else to prepare on {SOURCE_TYPE_LABELS[type]}
          </Link>
          : versions, rights, parameters, extensions and roles. Validation checks each of them.
        </Item>
      </ul>
    </Panel>
  );
}

const WRITES: Record<MigrationMode, readonly string[]> = {
  Offline: ["Writes to the source stop before the copy starts; what is written later is not copied."],
  Online: [
    "Writes to the source go on; they stop for the cutover only, minutes or days later.",
    "The source has wal_level logical, a free replication slot for each database, and disk for the WAL of the copy. Every table has a primary key or a replica identity.",
    "No DDL on the source until the cutover: a table whose columns change is paused, and copied again at the cutover only if the target's is changed in the same way.",
  ],
};

function Item({ children }: { children: React.ReactNode }) {
  return (
    <li className="grid grid-cols-[16px_minmax(0,1fr)] gap-2.5 py-[5px]">
      <Icon name="queued" className="mt-px text-muted" />
      <span>{children}</span>
    </li>
  );
}
