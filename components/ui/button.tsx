import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps, MouseEvent } from "react";
import { classNames } from "./class-names";
import { Spinner } from "./spinner";

export const buttonStyles = cva(
  [
    "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap",
    "transition-colors duration-100 hover:no-underline",
    "disabled:cursor-not-allowed aria-disabled:cursor-not-allowed",
    "disabled:border-line disabled:bg-off-tint disabled:text-muted disabled:hover:bg-off-tint",
    "aria-disabled:border-line aria-disabled:bg-off-tint aria-disabled:text-muted aria-disabled:hover:bg-off-tint",
  ],
  {
    variants: {
      variant: {
        default: "border-control bg-bg text-fg hover:bg-hover",
        primary: "bg-solid text-on-solid [border-color:var(--solid)] hover:bg-solid-hover",
        danger:
          "bg-danger-solid text-on-solid [border-color:var(--danger-solid)] hover:bg-danger-solid-hover",
        quiet: "border-transparent bg-transparent text-muted hover:bg-hover hover:text-fg",
      },
      size: {
        default: "min-h-8 px-3 py-[5px]",
        small: "min-h-[26px] px-2 py-0.5 text-caption",
        large: "min-h-9 px-4 py-[7px]",
        icon: "size-8 p-0",
        "icon-small": "size-[26px] p-0",
      },
    },
    defaultVariants: { variant: "default", size: "default" },
  },
);

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonStyles> {
  /** Renders the only child with the button's look, for links. */
  asChild?: boolean;
  /** Keeps the label, adds a spinner and ignores clicks. */
  pending?: boolean;
}

/**
 * A button. `aria-disabled` keeps it focusable, so that its reason (`aria-describedby`) can be read, and ignores clicks.
 */
export function Button({
  variant,
  size,
  asChild = false,
  pending = false,
  type = "button",
  className,
  children,
  onClick,
  ...props
}: ButtonProps) {
  const styles = classNames(buttonStyles({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={styles} onClick={onClick} {...props}>
        {children}
      </Slot.Root>
    );
  }
  const inert = pending || props["aria-disabled"] === true || props["aria-disabled"] === "true";
  const handleClick = (event: MouseEvent<HTMLButtonElement>) => {
    if (inert) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button type={type} className={styles} onClick={handleClick} {...props} aria-busy={pending || undefined}>
      {pending && <Spinner />}
      {children}
    </button>
  );
}
