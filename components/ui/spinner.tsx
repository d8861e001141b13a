import { Icon } from "./icon";

/** A turning circle; give `label` when nothing beside it says what is under way. */
export function Spinner({ label, className }: { label?: string; className?: string }) {
  return (
    <>
      <Icon name="running" {...(className ? { className } : {})} />
      {label && <span className="sr-only">{label}</span>}
    </>
  );
}
