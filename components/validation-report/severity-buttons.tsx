import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { TONE_TEXT } from "@/components/ui/status-badge";
import { notCheckedStatus, type Status, validationStatus } from "@/lib/migrations/status";
import type { Counts, SeverityFilter } from "@/lib/migrations/validation-groups";

interface SeverityButtonsProps {
  counts: Counts;
  filter: SeverityFilter;
  onChange: (filter: SeverityFilter) => void;
}

/** Filter of the report; a severity without findings is left out. */
export function SeverityButtons({ counts, filter, onChange }: SeverityButtonsProps) {
  const { failed, warnings, notChecked, passed } = counts;
  const choices: { value: SeverityFilter; label: string; count: number; status: Status | null }[] = [
    { value: "all", label: "All", count: failed + warnings + notChecked + passed, status: null },
    { value: "failed", label: "Failed", count: failed, status: validationStatus("Failed") },
    { value: "warning", label: "Warnings", count: warnings, status: validationStatus("Warning") },
    { value: "not-checked", label: "Not checked", count: notChecked, status: notCheckedStatus },
    { value: "passed", label: "Passed", count: passed, status: validationStatus("Succeeded") },
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

function SeverityLabel({ label, count, status }: { label: string; count: number; status: Status | null }) {
  const text = `${label} ${count}`;
  if (status === null) return text;
  return (
    <span className={`inline-flex items-center gap-1.5 ${TONE_TEXT[status.tone]}`}>
      <Icon name={status.icon} />
      {text}
    </span>
  );
}
