"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { conditionalReader } from "./conditional-reader";
import { appendOlder, mergeNewest } from "./log-pages";
import { pollIntervalMs } from "./poll-interval";
import { useTabVisible } from "./use-tab-visible";

/** Entries of a page; also what one poll fetches. */
const ENTRIES_PER_PAGE = 50;

interface LogPage<T> {
  total: number;
  events: T[];
}

export interface Log<T> {
  /** Newest first. */
  entries: T[];
  /** null until the first page came. */
  total: number | null;
  failed: boolean;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
}

/** A log at `address`: its newest page polled, older pages on demand. `active`: entries are being written. */
export function useLog<T extends { id: string }>(address: string, active: boolean): Log<T> {
  const url = `${address}?limit=${ENTRIES_PER_PAGE}`;
  const visible = useTabVisible();
  const read = useMemo(() => conditionalReader<LogPage<T>>(url), [url]);
  const newest = useQuery({
    queryKey: [url],
    queryFn: ({ signal }) => read(signal),
    refetchInterval: pollIntervalMs({ active, visible, paused: false }),
    retry: false,
    networkMode: "always",
  });
  const [entries, setEntries] = useState<T[]>([]);
  const older = useOlder<T>(url, setEntries);
  const page = newest.data;
  useEffect(() => {
    if (page) setEntries((known) => mergeNewest(known, page.events, ENTRIES_PER_PAGE));
  }, [page]);
  return {
    entries,
    total: page?.total ?? null,
    failed: newest.isError || older.failed,
    hasMore: page !== undefined && entries.length < page.total,
    loadingMore: older.loading,
    loadMore: () => void older.load(entries.at(-1)?.id),
  };
}

function useOlder<T extends { id: string }>(
  url: string,
  setEntries: (change: (known: T[]) => T[]) => void,
): { load: (before: string | undefined) => Promise<void>; loading: boolean; failed: boolean } {
  const [loading, setLoading] = useState(false);
  const [failed, setFailed] = useState(false);
  const load = async (before: string | undefined) => {
    if (before === undefined) return;
    setLoading(true);
    try {
      const read = conditionalReader<LogPage<T>>(`${url}&before=${before}`);
      const page = await read(new AbortController().signal);
      setEntries((known) => appendOlder(known, page.events));
      setFailed(false);
    } catch {
      // Said under the list; the button stays, so the person can try again.
      setFailed(true);
    } finally {
      setLoading(false);
    }
  };
  return { load, loading, failed };
}
