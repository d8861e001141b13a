"use client";

import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuChoice } from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";

interface FilterSelectProps<T extends string> {
  label: string;
  /** null: everything. */
  value: T | null;
  options: readonly { value: T; label: string }[];
  onChange: (value: T | null) => void;
}

/** "Status: All", a choice of one value or none to filter by. */
export function FilterSelect<T extends string>({ label, value, options, onChange }: FilterSelectProps<T>) {
  const current = options.find((option) => option.value === value);
  return (
    <DropdownMenu
      trigger={
        <Button className="font-normal text-muted">
          {label}: <span className="font-medium text-fg">{current?.label ?? "All"}</span>
          <Icon name="down" size={14} />
        </Button>
      }
    >
      <MenuChoice
        value={value ?? ""}
        onValueChange={(next) => onChange(options.find((option) => option.value === next)?.value ?? null)}
        options={[{ value: "", label: "All" }, ...options]}
      />
    </DropdownMenu>
  );
}
