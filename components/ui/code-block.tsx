import { classNames } from "./class-names";
import { CopyButton } from "./copy-button";

interface CodeBlockProps {
  code: string;
  /** What it is: "command", "SQL"; completes the copy button's name. */
  what: string;
  className?: string;
}

/** Text to copy, in the fixed-width face. Long lines wrap, so that nothing needs sideways scrolling. */
export function CodeBlock({ code, what, className }: CodeBlockProps) {
  return (
    <div className={classNames("relative rounded-md border border-line bg-surface", className)}>
      <pre className="px-3 py-[9px] pr-20 wrap-anywhere whitespace-pre-wrap ">{code}</pre>
      <CopyButton text={code} what={what} className="absolute top-1 right-1" />
    </div>
  );
}
