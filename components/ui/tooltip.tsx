"use client";

import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** Holds the delays of all tooltips; once, around the page. */
export const TooltipProvider = Radix.Provider;

interface TooltipProps {
  content: ReactNode;
  side?: "top" | "right" | "bottom" | "left";
  /** One element that takes a ref and can have the focus. */
  children: ReactNode;
}

/** A short explanation on hover and focus. Never the only place where something is said. */
export function Tooltip({ content, side = "top", children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md border border-line bg-bg px-2.5 py-1.5 text-caption text-fg shadow-overlay"
        >
          {content}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
