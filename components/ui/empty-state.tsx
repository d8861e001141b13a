import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { Icon } from "./icon";
import type { IconName } from "./icon-shapes";

interface EmptyStateProps {
  icon: IconName;
  title: ReactNode;
  /** What this is and what to do. */
  description: ReactNode;
  actions?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/** What a list shows when it has nothing to show: what belongs here and the one thing to do. */
export function EmptyState({ icon, title, description, actions, className, children }: EmptyStateProps) {
  return (
    <div
      className={classNames(
        "mx-auto my-10 grid max-w-140 justify-items-center gap-2 text-center sm:my-18",
        className,
      )}
    >
      <Icon name={icon} size={32} className="mb-2 text-muted" />
      <h2 className="text-dialog">{title}</h2>
      <div className="text-muted">{description}</div>
      {actions && <div className="my-3 flex flex-wrap justify-center gap-2">{actions}</div>}
      {children}
    </div>
  );
}
