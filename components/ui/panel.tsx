import { type ReactNode, useId } from "react";
import { classNames } from "./class-names";

interface PanelProps {
  title: ReactNode;
  /** Small text or buttons at the end of the heading. */
  aside?: ReactNode;
  headingLevel?: 2 | 3;
  className?: string;
  bodyClassName?: string;
  children: ReactNode;
}

/** A framed section with a heading. */
export function Panel({ title, aside, headingLevel = 2, className, bodyClassName, children }: PanelProps) {
  const id = useId();
  const Heading = headingLevel === 2 ? "h2" : "h3";
  return (
    <section aria-labelledby={id} className={classNames("rounded-md border border-line bg-bg", className)}>
      <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2.5">
        <Heading id={id} className="min-w-0 font-semibold">
          {title}
        </Heading>
        {aside && <div className="flex items-center gap-2 text-caption text-muted">{aside}</div>}
      </header>
      <div className={classNames("px-4 py-2.5", bodyClassName)}>{children}</div>
    </section>
  );
}

interface FactListProps {
  facts: readonly { label: string; value: ReactNode }[];
  className?: string;
}

/** Labels with their values, one a row. */
export function FactList({ facts, className }: FactListProps) {
  return (
    <dl className={classNames("grid sm:grid-cols-[176px_minmax(0,1fr)]", className)}>
      {facts.map((fact) => (
        <div key={fact.label} className="contents">
          <dt className="pt-1.5 text-caption text-muted sm:py-1.5 sm:text-body">{fact.label}</dt>
          <dd className="min-w-0 pb-1.5 wrap-anywhere sm:py-1.5">{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
