"use client";

import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { conditionalReader } from "./conditional-reader";
import { type LiveState, liveState, pollIntervalMs } from "./poll-interval";
import { RequestFailed } from "./request-failed";
import { useTabVisible } from "./use-tab-visible";

export interface Live<T> {
  data: T;
  /** When `data` was last confirmed, in milliseconds since the epoch on this machine's clock. */
  updatedAt: number;
  state: LiveState;
  /** Why the last poll failed, while it is `retrying`. */
  failure: RequestFailed | null;
  /** A person asked for a refresh and it is under way; polls go unmarked. */
  refreshing: boolean;
  refresh: () => void;
  setPaused: (paused: boolean) => void;
}

const neverChanges = () => () => undefined;
const onClient = () => true;
const onServer = () => false;

/**
 * Keeps what the server rendered up to date by polling `url`: every 2 s while `isActive(data)` and the tab is visible,
 * else every 15 s. A failed poll keeps the last values and is tried again at the next interval.
 */
export function useLive<T extends object>(options: {
  url: string;
  initial: T;
  /** Milliseconds since the epoch when `initial` was read. */
  initialAt: number;
  isActive: (data: T) => boolean;
}): Live<T> {
  const { url, initial, initialAt, isActive } = options;
  const [paused, setPaused] = useState(false);
  const visible = useTabVisible();
  const read = useMemo(() => conditionalReader<T>(url), [url]);
  const query = useQuery({
    queryKey: [url],
    queryFn: ({ signal }) => read(signal),
    initialData: initial,
    initialDataUpdatedAt: initialAt,
    refetchInterval: (current) =>
      pollIntervalMs({ active: isActive(current.state.data ?? initial), visible, paused }),
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: !paused,
    // The next poll is the retry.
    retry: false,
    networkMode: "always",
    staleTime: 1_000,
  });
  const { refetch } = query;
  const [refreshing, setRefreshing] = useState(false);
  const refresh = useCallback(() => {
    setRefreshing(true);
    void refetch().finally(() => setRefreshing(false));
  }, [refetch]);
  // The shell hydrates first and may have read the same address by now: the first paint has to be what the server rendered.
  const isHydrated = useSyncExternalStore(neverChanges, onClient, onServer);
  // What the server has just rendered beats what this tab remembers from an earlier visit.
  const isNewer = !isHydrated || initialAt > query.dataUpdatedAt;
  return {
    data: isNewer ? initial : (query.data ?? initial),
    updatedAt: isHydrated ? Math.max(initialAt, query.dataUpdatedAt) : initialAt,
    state: liveState({ paused, failed: isHydrated && query.isError }),
    failure: query.error instanceof RequestFailed ? query.error : null,
    refreshing,
    refresh,
    setPaused,
  };
}
