import { classNames } from "./class-names";
import { ICON_SHAPES, type IconName } from "./icon-shapes";

interface IconProps {
  name: IconName;
  /** Edge in CSS pixels. */
  size?: 12 | 14 | 16 | 32;
  className?: string;
}

/** A decorative drawing: hidden from assistive technology, so the text beside it must carry the meaning. */
export function Icon({ name, size = 16, className }: IconProps) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
      focusable="false"
      fill="none"
      stroke="currentColor"
      strokeWidth={size === 32 ? 1 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={classNames("shrink-0", name === "running" && "animate-turn", className)}
    >
      {ICON_SHAPES[name]}
    </svg>
  );
}
