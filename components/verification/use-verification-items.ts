"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { conditionalReader } from "@/components/live/conditional-reader";
import { pollIntervalMs } from "@/components/live/poll-interval";
import { useTabVisible } from "@/components/live/use-tab-visible";
import type {
  VerificationDetails,
  VerificationItemPage,
  VerificationItemState,
  VerificationRowPage,
  VerificationSchema,
  VerifiedKind,
} from "@/lib/migrations/verification";

export const ITEMS_PER_PAGE = 50;
export const ROWS_PER_PAGE = 10;

export interface ItemFilter {
  search: string;
  database: string | null;
  kind: VerifiedKind | null;
  state: VerificationItemState | null;
}

export const NO_FILTER: ItemFilter = { search: "", database: null, kind: null, state: null };

/** Where a verification's parts are read. */
export function verificationUrl(migrationId: string, verificationId: string): string {
  return `/api/migrations/${migrationId}/verifications/${verificationId}`;
}

/** One page of items; `active` polls. */
export function useItemPage(url: string, filter: ItemFilter, page: number, active: boolean) {
  const query = new URLSearchParams({
    offset: String(page * ITEMS_PER_PAGE),
    limit: String(ITEMS_PER_PAGE),
  });
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
  return usePage<VerificationItemPage>(`${url}/items?${query}`, active);
}

/** One page of an item's differing rows. */
export function useRowPage(url: string, itemId: string, page: number, active: boolean) {
  const query = `offset=${page * ROWS_PER_PAGE}&limit=${ROWS_PER_PAGE}`;
  return usePage<VerificationRowPage>(`${url}/items/${itemId}/rows?${query}`, active);
}

/** What was asked of a verification, its limits among it. */
export function useVerification(url: string) {
  return usePage<VerificationDetails>(url, false);
}

/** The side-by-side view of a schema. */
export function useSchema(url: string, itemId: string, active: boolean) {
  return usePage<VerificationSchema>(`${url}/items/${itemId}/schema`, active);
}

function usePage<T>(url: string, active: boolean) {
  const visible = useTabVisible();
  const read = useMemo(() => conditionalReader<T>(url), [url]);
  return useQuery({
    queryKey: [url, active],
    queryFn: ({ signal }) => read(signal),
    placeholderData: keepPreviousData,
    refetchInterval: active ? pollIntervalMs({ active: true, visible, paused: false }) : false,
    retry: 1,
    networkMode: "always",
    staleTime: 1_000,
  });
}
