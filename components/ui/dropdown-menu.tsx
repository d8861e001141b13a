"use client";

import { DropdownMenu as Radix } from "radix-ui";
import { type ComponentProps, type ReactNode, useRef } from "react";
import { classNames } from "./class-names";
import { Icon } from "./icon";
import type { IconName } from "./icon-shapes";
import { rememberMenuButton } from "./use-return-focus";

interface DropdownMenuProps {
  /** One element that takes a ref and can be a button. */
  trigger: ReactNode;
  align?: "start" | "end";
  children: ReactNode;
}

/** A menu that a button opens. Put MenuItem, MenuChoice and MenuSeparator inside. */
export function DropdownMenu({ trigger, align = "end", children }: DropdownMenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Radix.Root modal={false} onOpenChange={(open) => open && rememberMenuButton(button.current)}>
      <Radix.Trigger asChild ref={button}>
        {trigger}
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 rounded-md border border-line bg-bg p-1 shadow-overlay"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM_STYLES =
  "flex min-h-8 items-center gap-2 rounded-xs px-2 py-1 outline-none select-none data-[disabled]:text-muted data-[highlighted]:bg-hover";

interface MenuItemProps extends ComponentProps<typeof Radix.Item> {
  icon?: IconName;
  danger?: boolean;
}

/** One action of a menu; `asChild` for a link. */
export function MenuItem({ icon, danger = false, className, children, asChild, ...props }: MenuItemProps) {
  const styles = classNames(ITEM_STYLES, danger && "text-bad", className);
  if (asChild) {
    return (
      <Radix.Item asChild className={styles} {...props}>
        {children}
      </Radix.Item>
    );
  }
  return (
    <Radix.Item className={styles} {...props}>
      {icon && <Icon name={icon} className={danger ? "" : "text-muted"} />}
      {children}
    </Radix.Item>
  );
}

interface MenuChoiceProps {
  value: string;
  onValueChange: (value: string) => void;
  options: readonly { value: string; label: string }[];
}

/** A choice of one among the entries of a menu. */
export function MenuChoice({ value, onValueChange, options }: MenuChoiceProps) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onValueChange}>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          className={classNames(ITEM_STYLES, "pl-8 relative")}
        >
          <Radix.ItemIndicator className="absolute left-2 text-accent">
            <Icon name="check" />
          </Radix.ItemIndicator>
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

/** A line between groups of a menu. */
export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 border-t border-line" />;
}

/** A heading inside a menu. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1 text-caption text-muted">{children}</Radix.Label>;
}
