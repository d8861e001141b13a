"use client";

import { Select as Radix } from "radix-ui";
import { classNames } from "./class-names";
import { useFieldControl } from "./field";
import { Icon } from "./icon";
import { CONTROL_STYLES } from "./input";

export interface SelectOption {
  value: string;
  label: string;
  /** Second line in the list. */
  detail?: string;
}

export interface SelectGroup {
  label: string;
  options: readonly SelectOption[];
}

interface SelectProps {
  value: string;
  onValueChange: (value: string) => void;
  /** Options, or groups of options with a heading each. */
  options: readonly (SelectOption | SelectGroup)[];
  placeholder?: string;
  /** Name for assistive technology where no Field gives one. */
  "aria-label"?: string;
  disabled?: boolean;
  className?: string;
}

/** A choice of one from a list; inside a Field it takes over its id, description and validity. */
export function Select({
  value,
  onValueChange,
  options,
  placeholder,
  disabled,
  className,
  ...props
}: SelectProps) {
  return (
    <Radix.Root value={value} onValueChange={onValueChange} {...(disabled ? { disabled } : {})}>
      <Radix.Trigger
        {...useFieldControl()}
        {...props}
        className={classNames(
          CONTROL_STYLES,
          "inline-flex h-8 items-center justify-between gap-2 pr-2 text-left data-[placeholder]:text-muted",
          className,
        )}
      >
        <span className="truncate">
          {/* Named here: the list, where the toolkit would take the label from, is not there until the page's script has run. */}
          <Radix.Value placeholder={placeholder}>{labelOf(options, value)}</Radix.Value>
        </span>
        <Icon name="down" className="text-muted" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-md border border-line bg-bg shadow-overlay"
        >
          <Radix.Viewport className="p-1">
            {options.map((option) =>
              "options" in option ? (
                <Radix.Group key={option.label}>
                  <Radix.Label className="px-2 pt-2 pb-1 text-caption font-medium text-muted">
                    {option.label}
                  </Radix.Label>
                  {option.options.map((item) => (
                    <SelectItem key={item.value} option={item} />
                  ))}
                </Radix.Group>
              ) : (
                <SelectItem key={option.value} option={option} />
              ),
            )}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function labelOf(options: SelectProps["options"], value: string): string | undefined {
  const all = options.flatMap((option) => ("options" in option ? option.options : [option]));
  return all.find((option) => option.value === value)?.label;
}

function SelectItem({ option }: { option: SelectOption }) {
  return (
    <Radix.Item
      value={option.value}
      className="relative grid min-h-8 cursor-default content-center rounded-xs py-1 pr-8 pl-2 outline-none select-none data-[highlighted]:bg-hover"
    >
      <Radix.ItemText>{option.label}</Radix.ItemText>
      {option.detail && <span className="text-caption text-muted">{option.detail}</span>}
      <Radix.ItemIndicator className="absolute top-2 right-2 text-accent">
        <Icon name="check" />
      </Radix.ItemIndicator>
    </Radix.Item>
  );
}
