import { type RefObject, useEffect, useRef } from "react";

/**
 * Moves the focus to the first field of a form that is in error, after each attempt to send it: its message is read out
 * with it. `attempts`: how often sending was tried.
 */
export function useInvalidFocus(attempts: number): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempts]);
  return form;
}
