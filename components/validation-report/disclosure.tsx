"use client";

import { Collapsible } from "radix-ui";
import type { ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { TONE_TEXT } from "@/components/ui/status-badge";
import type { StatusIcon, StatusTone } from "@/lib/migrations/status";

const EDGE: Partial<Record<StatusTone, string>> = { bad: "before:bg-bad", warn: "before:bg-warn" };

interface DisclosureProps {
  headingLevel: 3 | 4;
  icon: StatusIcon;
  tone: StatusTone;
  title: ReactNode;
  aside?: ReactNode;
  defaultOpen: boolean;
  children: ReactNode;
}

/** A framed heading that opens; a red or amber edge for what failed or warns. */
export function Disclosure({
  headingLevel,
  icon,
  tone,
  title,
  aside,
  defaultOpen,
  children,
}: DisclosureProps) {
  const Heading = headingLevel === 3 ? "h3" : "h4";
  return (
    <Collapsible.Root
      defaultOpen={defaultOpen}
      className={classNames(
        "group/disclosure relative mb-2 overflow-hidden rounded-md border border-line",
        "before:absolute before:inset-y-0 before:left-0 before:w-[3px]",
        EDGE[tone],
      )}
    >
      <Heading className="font-medium">
        <Collapsible.Trigger className="flex w-full items-start gap-2.5 px-3 py-[9px] text-left hover:bg-surface focus-visible:-outline-offset-2 sm:px-4">
          <Icon
            name="right"
            className="mt-0.5 text-muted transition-[rotate] duration-100 group-data-[state=open]/disclosure:rotate-90"
          />
          <Icon name={icon} className={classNames("mt-0.5", TONE_TEXT[tone])} />
          <span className="min-w-0 flex-1 wrap-anywhere">{title}</span>
          {aside && (
            <span className="mt-0.5 max-w-2/5 text-right text-caption font-normal text-muted wrap-anywhere max-sm:hidden">
              {aside}
            </span>
          )}
        </Collapsible.Trigger>
      </Heading>
      <Collapsible.Content className="border-t border-line">{children}</Collapsible.Content>
    </Collapsible.Root>
  );
}
