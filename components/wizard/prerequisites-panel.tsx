import { Icon } from "@/components/ui/icon";
import { Panel } from "@/components/ui/panel";
import { MODE_LABELS, SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import type { MigrationMode, SourceType } from "@/lib/migrations/vocabulary";
import { prerequisitesOf } from "./prerequisites";

/** What should be so before the migration starts, for this type of source. */
export function PrerequisitesPanel({ type, mode }: { type: SourceType; mode: MigrationMode }) {
  return (
    <Panel title="Before you start" aside={`${SOURCE_TYPE_LABELS[type]}, ${MODE_LABELS[mode].toLowerCase()}`}>
      <ul className="text-table">
        {prerequisitesOf(type).map(({ text, code }) => (
          <li key={text} className="grid grid-cols-[16px_minmax(0,1fr)] gap-2.5 py-[5px]">
            <Icon name="queued" className="mt-px text-muted" />
            <span>
              {text} {code && <code>{code}</code>}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
