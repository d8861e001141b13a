"use client";

import { useQuery } from "@tanstack/react-query";
import { conditionalReader } from "@/components/live/conditional-reader";
import type { MigrationList } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";

const URL = "/api/migrations";
/** The grid polls the same address faster while it is open, and both share one cache entry. */
const INTERVAL_MS = 15_000;
const readList = conditionalReader<MigrationList>(URL);

/** Numbers the shell shows; null until they are known. */
export function useShellStatus(): { activeMigrations: number | null; workersOnline: number | null } {
  const { data } = useQuery({
    queryKey: [URL],
    queryFn: ({ signal }) => readList(signal),
    refetchInterval: INTERVAL_MS,
    staleTime: INTERVAL_MS,
  });
  if (!data) return { activeMigrations: null, workersOnline: null };
  return {
    activeMigrations: data.migrations.filter((migration) => !isTerminal(migration.state)).length,
    workersOnline: data.workersOnline,
  };
}
