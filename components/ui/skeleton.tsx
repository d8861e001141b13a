import { classNames } from "./class-names";

/** A grey block with the size of what will come; set width and height by `className`. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={classNames("block h-4 rounded-xs bg-hover", className)} />;
}
