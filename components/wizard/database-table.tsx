"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { SearchInput } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { Table, TableBody, TableCaption, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { DatabaseSelection } from "@/lib/migrations/filter";
import { countNoun, formatBytes } from "@/lib/migrations/format-quantity";
import { type DatabaseRow, matchingRows, selectableNames, selection } from "./database-rows";
import { DatabaseTableRow } from "./database-table-row";
import { selectionOf, targetNameProblems, withSelection } from "./selections";

interface DatabaseTableProps {
  id: string;
  rows: readonly DatabaseRow[];
  chosen: readonly string[];
  onChange: (names: string[]) => void;
  error: string | undefined;
  /** Filters and target names. */
  selections: readonly DatabaseSelection[];
  onSelect: (selections: DatabaseSelection[]) => void;
  /** The list is being read again. */
  reading: boolean;
  onRefresh: () => void;
}

/** The source's databases to choose from, with search and a running total. */
export function DatabaseTable({
  id,
  rows,
  chosen,
  onChange,
  error,
  selections,
  onSelect,
  reading,
  onRefresh,
}: DatabaseTableProps) {
  const [search, setSearch] = useState("");
  const shown = matchingRows(rows, search);
  const selectable = selectableNames(shown);
  const names = new Set(chosen);
  const allChosen = selectable.length > 0 && selectable.every((name) => names.has(name));
  const total = selection(rows, chosen);
  const problems = targetNameProblems(selections, chosen);

  const toggle = (name: string, checked: boolean) =>
    onChange(checked ? [...chosen, name] : chosen.filter((other) => other !== name));
  const toggleAll = () => {
    const rest = chosen.filter((name) => !selectable.includes(name));
    onChange(allChosen ? rest : [...rest, ...selectable]);
  };
  return (
    <div>
      <fieldset
        id={id}
        tabIndex={-1}
        aria-label="Databases to migrate"
        aria-describedby={error ? `${id}-error` : undefined}
        className="min-w-0 overflow-hidden rounded-md border border-line"
      >
        <div className="flex items-center gap-2 border-b border-line bg-surface p-2">
          <SearchInput
            label="Filter databases"
            placeholder="Filter by name, owner or extension"
            className="min-w-0 flex-1"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            data-page-search
          />
          <Button onClick={toggleAll} disabled={selectable.length === 0}>
            {allChosen ? "Clear all" : "Select all"}
          </Button>
          <Button size="icon" aria-label="Read the list again" aria-busy={reading} onClick={onRefresh}>
            {reading ? <Spinner /> : <Icon name="refresh" />}
          </Button>
        </div>
        <Table className="table-fixed">
          <TableCaption>Databases on the source</TableCaption>
          <TableHead>
            <tr>
              <TableHeader className="border-t-0 pl-10 first:pl-10">Name</TableHeader>
              <TableHeader className="w-28 border-t-0 max-sm:hidden">Owner</TableHeader>
              <TableHeader numeric className="w-22 border-t-0">
                Size
              </TableHeader>
              <TableHeader className="w-52 border-t-0 max-sm:hidden">Notes</TableHeader>
            </tr>
          </TableHead>
          <TableBody>
            {shown.map((row) => (
              <DatabaseTableRow
                key={row.name}
                row={row}
                checked={names.has(row.name)}
                onToggle={toggle}
                selection={selectionOf(selections, row.name)}
                problem={problems.get(row.name)}
                onSelect={(selection) => onSelect(withSelection(selections, selection))}
              />
            ))}
            {shown.length === 0 && (
              <TableRow>
                <td colSpan={4} className="px-4 py-6 text-center text-muted">
                  {rows.length === 0
                    ? "The source has no databases."
                    : `No database matches “${search.trim()}”.`}
                </td>
              </TableRow>
            )}
          </TableBody>
        </Table>
        <p role="status" className="flex flex-wrap gap-x-4 bg-surface px-3 py-2 text-table">
          <b className="font-semibold">
            {total.rows.length} of {countNoun(rows.length, "database")}
          </b>
          <span>{formatBytes(total.sizeBytes)}</span>
        </p>
      </fieldset>
      {error && (
        <p id={`${id}-error`} className="mt-1 flex gap-1 text-caption text-bad">
          <Icon name="failed" size={14} className="mt-px" />
          {error}
        </p>
      )}
    </div>
  );
}
