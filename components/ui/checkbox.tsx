"use client";

import { Checkbox as Radix } from "radix-ui";
import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names";
import { Icon } from "./icon";

type CheckboxProps = Omit<ComponentProps<typeof Radix.Root>, "onCheckedChange"> & {
  onCheckedChange?: (checked: boolean) => void;
};

/** A tick box; `checked="indeterminate"` shows a dash. Needs a label: CheckboxField, or `aria-label`. */
export function Checkbox({ className, checked, onCheckedChange, ...props }: CheckboxProps) {
  return (
    <Radix.Root
      checked={checked ?? false}
      onCheckedChange={(next) => onCheckedChange?.(next === true)}
      className={classNames(
        "relative grid size-4 shrink-0 place-items-center rounded-xs border border-control bg-bg text-on-solid",
        "after:absolute after:-inset-1.5",
        "data-[state=checked]:border-transparent data-[state=checked]:bg-solid",
        "data-[state=indeterminate]:border-transparent data-[state=indeterminate]:bg-solid",
        "disabled:cursor-not-allowed disabled:border-line disabled:bg-off-tint",
        className,
      )}
      {...props}
    >
      <Radix.Indicator>
        <Icon name={checked === "indeterminate" ? "minus" : "check"} size={12} className="stroke-[2.25]" />
      </Radix.Indicator>
    </Radix.Root>
  );
}

interface CheckboxFieldProps extends CheckboxProps {
  label: ReactNode;
  help?: ReactNode;
  /** Puts a frame around it, for a choice that matters. */
  framed?: boolean;
}

/** A tick box with its label beside it and a line of help below. */
export function CheckboxField({ label, help, framed = false, className, ...props }: CheckboxFieldProps) {
  const generatedId = useId();
  const id = props.id ?? generatedId;
  return (
    <div
      className={classNames(
        "grid grid-cols-[16px_minmax(0,1fr)] gap-x-2.5",
        framed && "rounded-md border border-control px-3 py-2.5",
        className,
      )}
    >
      <Checkbox className="mt-0.5" {...props} id={id} aria-describedby={help ? `${id}-help` : undefined} />
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {help && (
        <div id={`${id}-help`} className="col-start-2 text-caption text-muted">
          {help}
        </div>
      )}
    </div>
  );
}
