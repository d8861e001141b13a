"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";

/** Shown at first; a rule may name thousands. */
const FIRST = 50;
const MORE = 1_000;

/** Names of objects, the first of them, with a way to see more and to copy all. */
export function ObjectList({ objects }: { objects: readonly string[] }) {
  const [shown, setShown] = useState(FIRST);
  const left = objects.length - shown;
  return (
    <>
      <ul className="flex flex-wrap gap-1">
        {objects.slice(0, shown).map((object) => (
          <li
            key={object}
            className="rounded-xs border border-line bg-surface px-1.5 font-mono text-code wrap-anywhere"
          >
            {object}
          </li>
        ))}
      </ul>
      {objects.length > 1 && (
        <p className="mt-1.5 flex flex-wrap items-center gap-2 text-caption text-muted">
          {left > 0 && `${shown} of ${objects.length.toLocaleString("en")} shown`}
          {left > 0 && (
            <Button size="small" onClick={() => setShown(shown + MORE)}>
              Show {Math.min(left, MORE).toLocaleString("en")} more
            </Button>
          )}
          <CopyButton text={objects.join("\n")} what={`all ${objects.length} names`} />
        </p>
      )}
    </>
  );
}
