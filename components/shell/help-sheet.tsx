"use client";

import { CheckboxField } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { SHORTCUTS } from "./shortcuts";
import type { Shortcuts } from "./use-shortcuts";

interface HelpSheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  shortcuts: Shortcuts;
}

/** Keys that work everywhere, and the switch that turns them off. */
export function HelpSheet({ open, onOpenChange, shortcuts }: HelpSheetProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-y-2">
        {SHORTCUTS.map(({ keys, label }) => (
          <div key={label} className="contents">
            <dt>{label}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <Key key={key}>{key}</Key>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <CheckboxField
        framed
        label="Use single-key shortcuts"
        help="Turn them off if they get in the way of speech input or assistive technology. Kept in this browser."
        checked={shortcuts.enabled}
        onCheckedChange={shortcuts.setEnabled}
      />
    </Dialog>
  );
}

function Key({ children }: { children: string }) {
  return (
    <kbd className="min-w-6 rounded-xs border border-line bg-surface px-1.5 text-center font-sans text-caption font-medium text-muted">
      {children}
    </kbd>
  );
}
