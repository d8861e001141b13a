import { classNames } from "@/components/ui/class-names";
import { ProgressBar } from "@/components/ui/progress-bar";
import type { StatusTone } from "@/lib/migrations/status";
import type { Figure } from "./figure";

/** The figures under the phase rail. `valueText`: the progress in words; `tone`: of its bar. */
export function FigureRow(props: { figures: readonly Figure[]; valueText: string; tone: StatusTone }) {
  const { figures, valueText, tone } = props;
  return (
    <dl
      className={classNames(
        "mt-6 grid grid-cols-2 gap-px overflow-hidden rounded-md border border-line bg-line",
        figures.length === 4 ? "md:grid-cols-4" : "md:grid-cols-3",
      )}
    >
      {figures.map((figure) => (
        <div
          key={figure.label}
          className="min-w-0 bg-bg px-3 py-2.5 max-md:last:odd:col-span-2 md:px-4 md:py-3"
        >
          <dt className="text-caption text-muted">{figure.label}</dt>
          <dd className="text-figure max-sm:text-[19px]/[26px]">
            {figure.value}
            {figure.unit && (
              <small className="ml-1.5 text-table font-normal tracking-normal text-muted">
                {figure.unit}
              </small>
            )}
          </dd>
          <dd className="text-caption text-muted">
            {figure.caption}
            {figure.percent !== null && (
              <ProgressBar
                value={figure.percent}
                label="Total progress"
                valueText={valueText}
                tone={tone}
                className="mt-1.5"
              />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
