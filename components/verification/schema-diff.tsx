"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { classNames } from "@/components/ui/class-names";
import { Skeleton } from "@/components/ui/skeleton";
import { groupDigits } from "@/lib/migrations/format-quantity";
import type { VerificationSchemaLine } from "@/lib/migrations/verification";
import { pairLines, type SchemaPair } from "./schema-pairs";
import { useSchema } from "./use-verification-items";

interface SchemaDiffProps {
  url: string;
  itemId: string;
  name: string;
  active: boolean;
}

/** Lines shown at first; a browser need not lay out a whole dump. */
const LINES_SHOWN = 400;

/** The schema of both sides: beside each other where there is room, else one below the other. */
export function SchemaDiff({ url, itemId, name, active }: SchemaDiffProps) {
  const [all, setAll] = useState(false);
  const { data, isError } = useSchema(url, itemId, active);
  if (!data) {
    return isError ? (
      <p className="text-table text-muted">
        The lines could not be read. They are asked for again on reload.
      </p>
    ) : (
      <Skeleton className="h-24 w-full" />
    );
  }
  const lines = all ? data.lines : data.lines.slice(0, LINES_SHOWN);
  return (
    <>
      <p className="mb-2 text-table text-muted">
        Schema of both sides as pg_dump writes it. A minus marks lines only the source has, a plus lines only
        the target has.
      </p>
      <div className="overflow-hidden rounded-md border border-line">
        <SideBySide name={name} pairs={pairLines(lines)} />
        <Unified name={name} lines={lines} />
      </div>
      {lines.length < data.lines.length && (
        <Button size="small" className="mt-2" onClick={() => setAll(true)}>
          Show all {groupDigits(data.lines.length)} lines
        </Button>
      )}
    </>
  );
}

const NUMBER = "px-1 text-right text-caption text-muted select-none align-top";
const TEXT = "font-mono text-code whitespace-pre-wrap wrap-anywhere align-top pr-2";

function SideBySide({ name, pairs }: { name: string; pairs: readonly SchemaPair[] }) {
  return (
    <table className="w-full table-fixed border-collapse max-lg:hidden">
      <caption className="sr-only">Schema of {name}, source and target side by side</caption>
      <thead>
        <tr className="border-b border-line bg-surface text-left text-caption font-medium text-muted">
          <th scope="col" className="w-11">
            <span className="sr-only">Line on the source</span>
          </th>
          <th scope="col" className="py-1 pl-4 font-medium">
            Source
          </th>
          <th scope="col" className="w-11 border-l border-line">
            <span className="sr-only">Line on the target</span>
          </th>
          <th scope="col" className="py-1 pl-4 font-medium">
            Target
          </th>
        </tr>
      </thead>
      <tbody>
        {keyed(pairs).map(({ key, value: pair }) =>
          pair.kind === "gap" ? (
            <GapRow key={key} columns={4} text={pair.source?.text ?? ""} />
          ) : (
            <tr key={key}>
              <SideCells side={pair.source} mark={pair.kind === "different" ? "removed" : null} />
              <SideCells side={pair.target} mark={pair.kind === "different" ? "added" : null} divided />
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

type Mark = "removed" | "added" | null;

const MARKS = {
  removed: { sign: "−", words: "only on the source: ", tint: "bg-bad-tint" },
  added: { sign: "+", words: "only on the target: ", tint: "bg-ok-tint" },
};

function SideCells({
  side,
  mark,
  divided = false,
}: {
  side: SchemaPair["source"];
  mark: Mark;
  divided?: boolean;
}) {
  const tint = side ? mark && MARKS[mark].tint : "bg-surface";
  return (
    <>
      <td className={classNames(NUMBER, tint, divided && "border-l border-line")}>{side?.number}</td>
      <td className={classNames(TEXT, tint)}>
        {side ? <LineText mark={mark} text={side.text} /> : <span className="sr-only">no line</span>}
      </td>
    </>
  );
}

function LineText({ mark, text }: { mark: Mark; text: string }) {
  return (
    <span className="block pl-4 -indent-4">
      <span aria-hidden="true" className="inline-block w-4 indent-0 text-muted">
        {mark ? MARKS[mark].sign : " "}
      </span>
      {mark && <span className="sr-only">{MARKS[mark].words}</span>}
      {text}
    </span>
  );
}

/** For narrow windows: one column, removed lines before those that took their place. */
function Unified({ name, lines }: { name: string; lines: readonly VerificationSchemaLine[] }) {
  return (
    <table className="w-full table-fixed border-collapse lg:hidden">
      <caption className="sr-only">Schema of {name}, both sides in one column</caption>
      <colgroup>
        <col className="w-9" />
        <col className="w-9" />
        <col />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">Line on the source</th>
          <th scope="col">Line on the target</th>
          <th scope="col">Text</th>
        </tr>
      </thead>
      <tbody>
        {keyed(lines).map(({ key, value: line }) => {
          if (line.kind === "gap") return <GapRow key={key} columns={3} text={line.text} />;
          const mark = line.kind === "same" ? null : line.kind;
          const tint = mark && MARKS[mark].tint;
          return (
            <tr key={key} className={tint ?? undefined}>
              <td className={NUMBER}>{line.source}</td>
              <td className={NUMBER}>{line.target}</td>
              <td className={TEXT}>
                <LineText mark={mark} text={line.text} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function GapRow({ columns, text }: { columns: number; text: string }) {
  return (
    <tr className="border-y border-line bg-surface">
      <td colSpan={columns} className="px-3 py-0.5 text-caption text-muted">
        {text || "Equal lines left out"}
      </td>
    </tr>
  );
}

/** Lines are told apart by their place only. */
function keyed<T>(values: readonly T[]): { key: string; value: T }[] {
  return values.map((value, index) => ({ key: String(index), value }));
}
