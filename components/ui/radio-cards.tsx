"use client";

import { RadioGroup } from "radix-ui";
import { type ReactNode, useId } from "react";
import { classNames } from "./class-names";

export interface RadioCard {
  value: string;
  label: string;
  help: ReactNode;
  /** Why it cannot be chosen; shown in place of nothing else, so say it in words. */
  disabledReason?: string;
}

interface RadioCardsProps {
  label: ReactNode;
  name: string;
  value: string;
  onValueChange: (value: string) => void;
  cards: readonly RadioCard[];
  columns?: 1 | 2;
  className?: string;
}

/** A choice of one, each with its explanation. Arrow keys move, as in any radio group. */
export function RadioCards({
  label,
  name,
  value,
  onValueChange,
  cards,
  columns = 1,
  className,
}: RadioCardsProps) {
  const id = useId();
  return (
    <div className={classNames("grid gap-2", className)}>
      <span id={id} className="font-medium">
        {label}
      </span>
      <RadioGroup.Root
        aria-labelledby={id}
        name={name}
        value={value}
        onValueChange={onValueChange}
        className={classNames("grid gap-2", columns === 2 && "sm:grid-cols-2")}
      >
        {cards.map((card) => (
          <RadioCardItem key={card.value} id={`${name}-${card.value}`} card={card} />
        ))}
      </RadioGroup.Root>
    </div>
  );
}

function RadioCardItem({ id, card }: { id: string; card: RadioCard }) {
  const disabled = card.disabledReason !== undefined;
  return (
    <div
      className={classNames(
        "relative grid grid-cols-[16px_minmax(0,1fr)] content-start gap-x-2.5 gap-y-0.5 rounded-md border px-3 py-2.5",
        "has-data-[state=checked]:border-accent has-data-[state=checked]:inset-ring has-data-[state=checked]:inset-ring-accent",
        disabled ? "bg-surface" : "hover:bg-surface",
      )}
    >
      <RadioGroup.Item
        id={id}
        value={card.value}
        disabled={disabled}
        aria-describedby={`${id}-help`}
        className="relative z-10 mt-0.5 grid size-4 place-items-center rounded-full border border-control bg-bg data-[state=checked]:border-accent disabled:cursor-not-allowed disabled:border-line disabled:bg-off-tint"
      >
        <RadioGroup.Indicator className="size-2 rounded-full bg-solid" />
      </RadioGroup.Item>
      {/* The label covers the card, so that the whole card can be clicked. */}
      <label
        htmlFor={id}
        className={classNames(
          "font-medium after:absolute after:inset-0 after:rounded-md",
          disabled ? "cursor-not-allowed text-muted" : "cursor-pointer",
        )}
      >
        {card.label}
      </label>
      <div id={`${id}-help`} className="col-start-2 text-caption text-muted">
        {card.help}
        {disabled && <p className="mt-1 text-fg">{card.disabledReason}</p>}
      </div>
    </div>
  );
}
