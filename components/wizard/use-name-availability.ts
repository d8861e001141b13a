"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { conditionalReader } from "@/components/live/conditional-reader";
import { migrationName } from "@/lib/migrations/contract";
import type { MigrationList } from "@/lib/migrations/read-model";
import { checkMigrationName } from "./arm-requests";
import { availabilityAmong, availabilityFrom, type NameAvailability } from "./name-availability";

const LIST_URL = "/api/migrations";
const readList = conditionalReader<MigrationList>(LIST_URL);
/** Typing goes on for about this long between two keys, in milliseconds. */
const TYPING_MS = 350;

/**
 * Whether the migration name can still be had, asked while it is typed: below `target` once that is known, before
 * among all migrations. A server that is not registered yet has no migrations.
 */
export function useNameAvailability(
  name: string,
  target: { resourceId: string; name: string; registered: boolean } | null,
): NameAvailability {
  const settled = useSettled(name, TYPING_MS);
  const valid = migrationName.safeParse(name).success;
  const asked = valid && settled === name;
  const below = target?.registered ? target : null;
  const list = useQuery({
    queryKey: [LIST_URL],
    queryFn: ({ signal }) => readList(signal),
    enabled: asked && target === null,
    staleTime: TYPING_MS,
  });
  const check = useQuery({
    queryKey: ["migration-name", below?.resourceId, settled],
    queryFn: ({ signal }) => checkMigrationName(below?.resourceId ?? "", settled, signal),
    enabled: asked && below !== null,
    staleTime: 5_000,
  });
  if (!valid) return { state: "unknown" };
  if (!asked) return { state: "checking" };
  if (target && !target.registered) return { state: "available", message: "Available: the target is new." };
  if (below) {
    if (check.data) return availabilityFrom(check.data, settled, below.name);
    return { state: check.isError ? "unknown" : "checking" };
  }
  if (list.data) return availabilityAmong(settled, list.data.migrations);
  return { state: list.isError ? "unknown" : "checking" };
}

function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
