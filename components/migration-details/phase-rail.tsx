import type { CSSProperties } from "react";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import { formatDuration } from "@/lib/migrations/format-duration";
import type { PhaseStatus, PhaseStep } from "./phase-steps";

/** Where the migration is. `percent`: of the copy, shown in its bar. */
export function PhaseRail({ steps, percent }: { steps: readonly PhaseStep[]; percent: number | null }) {
  return (
    <ol aria-label="Phases" className="grid gap-x-[3px] lg:auto-cols-fr lg:grid-flow-col">
      {steps.map((step) => (
        <PhaseItem key={step.phase} step={step} percent={step.phase === "copy" ? percent : null} />
      ))}
    </ol>
  );
}

function PhaseItem({ step, percent }: { step: PhaseStep; percent: number | null }) {
  const look = LOOKS[step.status];
  const here = step.status !== "done" && step.status !== "pending";
  return (
    <li
      aria-current={step.status === "current" || step.status === "waiting" ? "step" : undefined}
      className={classNames(
        "relative grid grid-cols-[16px_minmax(0,1fr)_auto] content-start gap-x-1.5 py-[5px] pl-3 text-table",
        "lg:grid-cols-[16px_minmax(0,1fr)] lg:pt-2 lg:pb-0 lg:pl-0",
        step.status === "pending" && "text-muted",
      )}
    >
      <PhaseBar fill={look.fill} percent={filled(step, percent)} />
      <Icon name={look.icon} className={classNames("mt-px", look.tone)} />
      <span className={here ? "font-semibold" : "font-medium"}>
        {step.label}
        <span className="sr-only">, {look.word}</span>
      </span>
      <span className="text-caption/[18px] text-muted lg:col-start-2 lg:text-caption/4">{caption(step)}</span>
    </li>
  );
}

/** Above the step on wide screens, beside it on narrow ones. */
function PhaseBar({ fill, percent }: { fill: string; percent: number }) {
  return (
    <span
      aria-hidden="true"
      className="absolute inset-y-0.5 left-0 w-[3px] overflow-hidden rounded-full bg-line lg:inset-x-0 lg:top-0 lg:bottom-auto lg:h-[3px] lg:w-auto"
    >
      <span
        className={classNames("block h-(--filled) w-full lg:h-full lg:w-(--filled)", fill)}
        style={{ "--filled": `${percent}%` } as CSSProperties}
      />
    </span>
  );
}

function caption({ status, durationMs, share }: PhaseStep): string {
  if (durationMs === null) return UNTIMED[status] ?? "Not started";
  const duration = formatDuration(durationMs);
  if (status === "waiting") return `Waiting ${duration}`;
  return share ? `${duration}, ${share.passed} of ${share.total} databases` : duration;
}

/** A cutover that is asked for has no times yet. */
const UNTIMED: Partial<Record<PhaseStatus, string>> = { waiting: "Waiting", current: "Requested" };

function filled(step: PhaseStep, percent: number | null): number {
  if (step.share && percent === null) return (100 * step.share.passed) / step.share.total;
  if (step.status === "pending") return 0;
  return step.status === "done" || step.status === "waiting" ? 100 : (percent ?? 100);
}

interface Look {
  icon: IconName;
  word: string;
  tone: string;
  fill: string;
}

const LOOKS: Record<PhaseStatus, Look> = {
  done: { icon: "succeeded", word: "done", tone: "text-ok", fill: "bg-ok" },
  current: { icon: "running", word: "current", tone: "text-run", fill: "bg-run" },
  partial: { icon: "queued", word: "more to come", tone: "text-run", fill: "bg-run" },
  waiting: { icon: "needs-you", word: "waits for you", tone: "text-need", fill: "bg-need" },
  failed: { icon: "failed", word: "failed", tone: "text-bad", fill: "bg-bad" },
  stopped: { icon: "canceled", word: "stopped", tone: "text-off", fill: "bg-off" },
  pending: { icon: "queued", word: "not started", tone: "", fill: "" },
};
