"use client";

import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type DatabaseFilterBody, databaseFilterSchema, hasFilter } from "@/lib/migrations/filter";
import type { FilterPreviewAnswer, SourceObjects, SourceObjectsInput } from "@/lib/migrations/filter-preview";
import { previewFilter, type RefusedRequest, readSourceObjects } from "../arm-requests";
import { useWizard } from "../wizard-context";

/** How long a person may go on ticking before the source is asked again. */
const PAUSE_MS = 400;

/** The tree of a database, read once for each connection test. */
export function useSourceObjects(database: string): UseQueryResult<SourceObjects, RefusedRequest> {
  const source = useSource(database);
  return useQuery<SourceObjects, RefusedRequest>({
    queryKey: ["source-objects", ...source.key],
    queryFn: ({ signal }) => readSourceObjects(source.input, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What a filter would do in a database; the last answer stays while the next is awaited. */
export function useFilterPreview(
  database: string,
  filter: DatabaseFilterBody,
): UseQueryResult<FilterPreviewAnswer, RefusedRequest> & { settled: boolean } {
  const source = useSource(database);
  const text = JSON.stringify(filter);
  const asked = useSettled(text);
  const query = useQuery<FilterPreviewAnswer, RefusedRequest>({
    queryKey: ["filter-preview", ...source.key, asked],
    queryFn: ({ signal }) =>
      previewFilter(
        // The tree has the sizes.
        { ...source.input, filter: databaseFilterSchema.parse(JSON.parse(asked)), sizes: false },
        signal,
      ),
    enabled: hasFilter(filter),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { ...query, settled: asked === text && !query.isFetching };
}

/** Login of the last connection test; the password is part of the request, not of the key. */
function useSource(database: string): { key: unknown[]; input: SourceObjectsInput } {
  const { tests } = useWizard();
  const { finished } = tests.source;
  if (!finished) throw new Error("The objects are asked for before the source was tested.");
  const { host, port, user, password, sslMode, caCertificate } = finished.input;
  const input = {
    host,
    port,
    user,
    password,
    sslMode,
    database,
    ...(caCertificate ? { caCertificate } : {}),
  };
  return { key: [host, port, user, database, finished.report.testedAt], input };
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
