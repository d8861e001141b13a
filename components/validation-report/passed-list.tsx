import { Icon } from "@/components/ui/icon";
import { ruleLabel } from "@/lib/migrations/rule-label";
import type { Pass } from "@/lib/migrations/validation-groups";
import { Disclosure } from "./disclosure";

interface PassedListProps {
  passes: readonly Pass[];
  /** The reader filtered for what passed. */
  open: boolean;
  headingLevel: 3 | 4;
}

/** What passed, folded: which checks ran is part of the result. */
export function PassedList({ passes, open, headingLevel }: PassedListProps) {
  return (
    <Disclosure
      key={String(open)}
      headingLevel={headingLevel}
      icon="succeeded"
      tone="ok"
      defaultOpen={open}
      title={`${passes.length} passed`}
    >
      <ul className="gap-x-6 px-3 pt-2 pb-2.5 text-table sm:pr-4 sm:pl-[42px] md:columns-2">
        {passes.map((pass) => (
          <li key={`${pass.rule}\n${pass.detail}`} className="flex break-inside-avoid gap-2 py-[3px]">
            <Icon name="check" size={14} className="mt-0.5 text-ok" />
            <span className="min-w-0">
              {pass.rule === pass.type ? ruleLabel(pass.type) : <code>{pass.rule}</code>}
              {pass.detail && (
                <span className="block text-caption text-muted wrap-anywhere">{pass.detail}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}
