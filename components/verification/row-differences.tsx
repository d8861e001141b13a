"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { classNames } from "@/components/ui/class-names";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCaption, TableHead, TableHeader } from "@/components/ui/table";
import { groupDigits } from "@/lib/migrations/format-quantity";
import type { RowDifferenceKind, VerificationRowView } from "@/lib/migrations/verification";
import { type ColumnPair, keyText, pairColumns } from "./column-pairs";
import { Pager } from "./pager";
import { ROWS_PER_PAGE, useRowPage } from "./use-verification-items";
import { ROW_KIND_LABELS } from "./verification-words";

interface RowDifferencesProps {
  url: string;
  itemId: string;
  name: string;
  active: boolean;
}

/** The differing rows of a table, column by column. */
export function RowDifferences({ url, itemId, name, active }: RowDifferencesProps) {
  const [page, setPage] = useState(0);
  const { data, isError } = useRowPage(url, itemId, page, active);
  if (!data) {
    return isError ? (
      <p className="text-table text-muted">The rows could not be read. They are asked for again on reload.</p>
    ) : (
      <Skeleton className="h-16 w-full" />
    );
  }
  return (
    <div className="grid gap-3">
      <ul aria-label={`Differing rows of ${name}`} className="grid gap-3">
        {data.rows.map((row) => (
          <li key={row.id}>
            <RowDifference row={row} />
          </li>
        ))}
      </ul>
      <Pager noun="rows" page={page} perPage={ROWS_PER_PAGE} total={data.total} onChange={setPage} />
    </div>
  );
}

const KIND_ICONS: Record<RowDifferenceKind, IconName> = {
  missing: "minus",
  extra: "plus",
  changed: "migrations",
};

function RowDifference({ row }: { row: VerificationRowView }) {
  const [all, setAll] = useState(false);
  const pairs = pairColumns(row);
  const key = keyText(row.key);
  const same = pairs.filter((pair) => row.kind === "changed" && !pair.changed && !pair.isKey);
  const shown = all ? pairs : pairs.filter((pair) => !same.includes(pair));
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 bg-surface px-3 py-1.5">
        <span className="inline-flex items-center gap-1.5 text-table font-medium text-bad">
          <Icon name={KIND_ICONS[row.kind]} size={14} />
          {ROW_KIND_LABELS[row.kind]}
        </span>
        <code className="min-w-0 flex-1">{key}</code>
        {row.repair === null ? (
          <span className="text-caption text-muted">No safe repair statement</span>
        ) : (
          <CopyButton text={`${row.repair.replace(/;?\s*$/, "")};`} what={`repair SQL of the row ${key}`} />
        )}
      </div>
      <Table className="table-fixed">
        <TableCaption>
          {ROW_KIND_LABELS[row.kind]}: {key}
        </TableCaption>
        <TableHead>
          <tr>
            <TableHeader className="w-1/4">Column</TableHeader>
            <TableHeader>Source</TableHeader>
            <TableHeader>Target</TableHeader>
          </tr>
        </TableHead>
        <TableBody>
          {shown.map((pair) => (
            <ColumnRow key={pair.column} pair={pair} />
          ))}
        </TableBody>
      </Table>
      {same.length > 0 && (
        <div className="border-t border-line px-3 py-1.5">
          <Button size="small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Hide" : "Show"} {same.length} equal {same.length === 1 ? "column" : "columns"}
          </Button>
        </div>
      )}
    </div>
  );
}

function ColumnRow({ pair }: { pair: ColumnPair }) {
  const { column, isKey, changed, source, target } = pair;
  return (
    <tr className={classNames("border-b border-line last:border-b-0", changed && "bg-bad-tint")}>
      <th scope="row" className="px-2 py-1.5 pl-3 text-left align-top font-normal">
        <code>{column}</code>
        {isKey && <span className="block text-caption text-muted">key</span>}
        {changed && (
          <span className="flex items-center gap-1 text-caption font-medium text-bad">
            <Icon name="migrations" size={12} />
            changed
          </span>
        )}
      </th>
      <ValueCell value={source} strong={changed} />
      <ValueCell value={target} strong={changed} />
    </tr>
  );
}

function ValueCell({ value, strong }: { value: string | null | undefined; strong: boolean }) {
  return (
    <td className="px-2 py-1.5 align-top wrap-anywhere">
      {value === undefined && <span className="text-caption text-muted">no row</span>}
      {value === null && <em className="text-caption text-muted">null</em>}
      {value === "" && <em className="text-caption text-muted">empty text</em>}
      {value ? <LongText text={value} strong={strong} /> : null}
    </td>
  );
}

/** Characters of a value that are shown at first. */
const VALUE_SHOWN = 400;

function LongText({ text, strong }: { text: string; strong: boolean }) {
  const [all, setAll] = useState(false);
  const long = text.length > VALUE_SHOWN;
  return (
    <>
      <code className={classNames("block whitespace-pre-wrap", strong && "font-semibold")}>
        {long && !all ? `${text.slice(0, VALUE_SHOWN)}…` : text}
      </code>
      {long && (
        <Button
          size="small"
          className="mt-1 shrink whitespace-normal text-left"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Show less" : `Show all ${groupDigits(text.length)} characters`}
        </Button>
      )}
    </>
  );
}
