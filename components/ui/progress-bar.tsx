import type { StatusTone } from "@/lib/migrations/status";
import { classNames } from "./class-names";
import { TONE_TEXT } from "./status-badge";

interface ProgressBarProps {
  /** Percent, 0 to 100. */
  value: number;
  /** What is in progress, for assistive technology. */
  label: string;
  /** Value in words: "6.1 of 14 GB, about 4 minutes left". */
  valueText: string;
  tone?: StatusTone;
  className?: string;
}

/** A thin bar. It is no live region: changes are announced elsewhere, rarely. */
export function ProgressBar({ value, label, valueText, tone = "run", className }: ProgressBarProps) {
  const percent = Math.min(100, Math.max(0, value));
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      aria-valuetext={valueText}
      className={classNames("block h-1 overflow-hidden rounded-full bg-line", TONE_TEXT[tone], className)}
    >
      <span className="block h-full rounded-full bg-current" style={{ width: `${percent}%` }} />
    </span>
  );
}
