"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { conditionalReader } from "@/components/live/conditional-reader";
import { pollIntervalMs } from "@/components/live/poll-interval";
import { useTabVisible } from "@/components/live/use-tab-visible";
import type { TablePage, TableProgress, TableSort } from "@/lib/migrations/read-model";
import type { TableState } from "@/lib/migrations/vocabulary";

/** Rows fetched at once; more than any window shows, so at most two pages are on screen. */
const TABLES_PER_PAGE = 100;

export interface TableFilter {
  search: string;
  state: TableState | null;
  /** null: what needs a look first. */
  sort: TableOrder | null;
}

export interface TableOrder {
  by: TableSort;
  descending: boolean;
}

interface TablesWanted {
  migrationId: string;
  database: string;
  filter: TableFilter;
  /** Indexes of the first and last row on screen. */
  first: number;
  last: number;
  /** False once nothing changes any more. */
  active: boolean;
}

export interface TablePages {
  /** Rows that match; null until known. */
  total: number | null;
  failed: boolean;
  /** The row at an index; undefined while its page is on its way. */
  rowAt: (index: number) => TableProgress | undefined;
}

/** The tables of a database, as much as is on screen. */
export function useTablePages(wanted: TablesWanted): TablePages {
  const firstPage = useTablePage(wanted, Math.floor(wanted.first / TABLES_PER_PAGE));
  const lastPage = useTablePage(wanted, Math.floor(wanted.last / TABLES_PER_PAGE));
  const [head, tail] = [firstPage.data, lastPage.data];
  const rowAt = useCallback((index: number) => rowOf(head, index) ?? rowOf(tail, index), [head, tail]);
  return { total: head?.total ?? null, failed: firstPage.isError || lastPage.isError, rowAt };
}

function rowOf(page: TablePage | undefined, index: number): TableProgress | undefined {
  return page?.tables[index - page.offset];
}

function useTablePage(wanted: TablesWanted, page: number) {
  const url = tablesUrl(wanted, page);
  const visible = useTabVisible();
  const read = useMemo(() => conditionalReader<TablePage>(url), [url]);
  return useQuery({
    queryKey: [url],
    queryFn: ({ signal }) => read(signal),
    placeholderData: keepPreviousData,
    refetchInterval: wanted.active ? pollIntervalMs({ active: true, visible, paused: false }) : false,
    retry: false,
    networkMode: "always",
    staleTime: 1_000,
  });
}

/** Address of one page of a database's tables. */
function tablesUrl(wanted: Pick<TablesWanted, "migrationId" | "database" | "filter">, page: number): string {
  const query = new URLSearchParams({
    database: wanted.database,
    offset: String(page * TABLES_PER_PAGE),
    limit: String(TABLES_PER_PAGE),
  });
  if (wanted.filter.search !== "") query.set("search", wanted.filter.search);
  if (wanted.filter.state !== null) query.set("state", wanted.filter.state);
  const { sort } = wanted.filter;
  if (sort !== null) query.set("sort", `${sort.descending ? "-" : ""}${sort.by}`);
  return `/api/migrations/${wanted.migrationId}/tables?${query}`;
}
