import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { TONE_TEXT } from "@/components/ui/status-badge";
import { validationStatus } from "@/lib/migrations/status";
import type { ValidationState } from "@/lib/migrations/vocabulary";
import type { Counts, SeverityFilter } from "./report-groups";

interface SeverityButtonsProps {
  counts: Counts;
  filter: SeverityFilter;
  onChange: (filter: SeverityFilter) => void;
}

/** Filter of the report; a severity without findings is left out. */
export function SeverityButtons({ counts, filter, onChange }: SeverityButtonsProps) {
  const { failed, warnings, passed } = counts;
  const choices: { value: SeverityFilter; label: string; count: number; state: ValidationState | null }[] = [
    { value: "all", label: "All", count: failed + warnings + passed, state: null },
    { value: "failed", label: "Failed", count: failed, state: "Failed" },
    { value: "warning", label: "Warnings", count: warnings, state: "Warning" },
    { value: "passed", label: "Passed", count: passed, state: "Succeeded" },
  ];
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Filter by severity</legend>
      {choices
        .filter((choice) => choice.count > 0 || choice.value === "all")
        .map((choice) => (
          <Button
            key={choice.value}
            aria-pressed={filter === choice.value}
            onClick={() => onChange(choice.value)}
            className="aria-pressed:border-accent aria-pressed:shadow-[inset_0_0_0_1px_var(--accent)]"
          >
            <SeverityLabel {...choice} />
          </Button>
        ))}
    </fieldset>
  );
}

function SeverityLabel({
  label,
  count,
  state,
}: {
  label: string;
  count: number;
  state: ValidationState | null;
}) {
  const text = `${label} ${count}`;
  if (state === null) return text;
  const status = validationStatus(state);
  return (
    <span className={`inline-flex items-center gap-1.5 ${TONE_TEXT[status.tone]}`}>
      <Icon name={status.icon} />
      {text}
    </span>
  );
}
