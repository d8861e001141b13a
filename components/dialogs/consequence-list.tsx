import { useId } from "react";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import type { Consequence } from "./cancel-consequences";

interface ConsequenceListProps {
  title: string;
  icon: IconName;
  items: readonly Consequence[];
  /** A sentence below the list. */
  note?: string | null;
}

/** What a decision leads to, one line each with its extent. */
export function ConsequenceList({ title, icon, items, note }: ConsequenceListProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="mb-1 text-table font-semibold">
        {title}
      </h3>
      <ul className="text-table">
        {items.map((item) => (
          <li key={item.text} className="grid grid-cols-[16px_minmax(0,1fr)] gap-2.5 py-1">
            <Icon name={icon} className="mt-px text-muted" />
            <span className="flex flex-wrap justify-between gap-x-3">
              <span className="min-w-0 wrap-anywhere">{item.text}</span>
              {item.detail && <span className="text-muted">{item.detail}</span>}
            </span>
          </li>
        ))}
      </ul>
      {note && <p className="pt-1 pl-[26px] text-table text-muted">{note}</p>}
    </section>
  );
}
