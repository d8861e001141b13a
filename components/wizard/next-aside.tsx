import type { ReactNode } from "react";
import type { NextText } from "./next-aside-texts";

/** What happens next, beside the form; below it on narrow windows. */
export function NextAside({ texts, children }: { texts: readonly NextText[]; children?: ReactNode }) {
  return (
    <aside
      aria-label="What happens next"
      className="grid gap-4 border-line text-table text-muted max-xl:border-t max-xl:pt-4 md:max-xl:col-start-2 xl:sticky xl:top-18 xl:border-l xl:pl-6"
    >
      <div>
        <h2 className="mb-2 text-body font-semibold text-fg">What happens next</h2>
        <ol className="grid gap-3">
          {texts.map((text, index) => (
            <li key={text.title} className="grid grid-cols-[14px_minmax(0,1fr)] gap-1.5">
              <span aria-hidden="true" className="font-semibold">
                {index + 1}
              </span>
              <span>
                <b className="block font-medium text-fg">{text.title}</b>
                {text.text}
              </span>
            </li>
          ))}
        </ol>
      </div>
      {children}
    </aside>
  );
}
