"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { conditionalReader } from "@/components/live/conditional-reader";
import { pollIntervalMs } from "@/components/live/poll-interval";
import { useTabVisible } from "@/components/live/use-tab-visible";
import { Button } from "@/components/ui/button";
import {
  Table,
  TableBody,
  TableCaption,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
} from "@/components/ui/table";
import { formatDuration } from "@/lib/migrations/format-duration";
import { countNoun } from "@/lib/migrations/format-quantity";
import { stepLabel } from "@/lib/migrations/labels";
import type { MigrationTimings } from "@/lib/migrations/read-model";

interface TimingsSectionProps {
  migrationId: string;
  active: boolean;
}

const SHOWN_INDEXES = 8;

/** Where the time went: the steps of each database and the slowest indexes. Nothing before something was timed. */
export function TimingsSection({ migrationId, active }: TimingsSectionProps) {
  const timings = useTimings(migrationId, active);
  if (!timings || (timings.steps.length === 0 && timings.indexes.length === 0)) return null;
  return (
    <section aria-labelledby="timings" className="mt-6">
      <h2 id="timings" className="mb-2 font-semibold">
        Timings
      </h2>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {timings.steps.length > 0 && <Steps timings={timings} />}
        {timings.indexes.length > 0 && <Indexes timings={timings} />}
      </div>
    </section>
  );
}

function Steps({ timings }: { timings: MigrationTimings }) {
  return (
    <div className="min-w-0 overflow-x-auto rounded-md border border-line [&_tr:last-child]:border-0">
      <Table>
        <TableCaption>What each step took; several run at the same time</TableCaption>
        <TimingsHead what="Step" />
        <TableBody>
          {byDatabase(timings.steps).map(({ database, step, ms }) => (
            <TimingsRow key={`${database}\n${step}`} what={stepLabel(step)} database={database} ms={ms} />
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

function Indexes({ timings }: { timings: MigrationTimings }) {
  const [all, setAll] = useState(false);
  const { indexes, indexesTotal, indexesMs } = timings;
  const shown = all ? indexes : indexes.slice(0, SHOWN_INDEXES);
  return (
    <div className="min-w-0 overflow-x-auto rounded-md border border-line">
      <Table>
        <TableCaption>The slowest indexes</TableCaption>
        <TimingsHead what="Index" />
        <TableBody>
          {shown.map(({ database, object, ms }) => (
            <TimingsRow key={`${database}\n${object}`} what={object} code database={database} ms={ms} />
          ))}
        </TableBody>
      </Table>
      <p className="flex flex-wrap items-center justify-between gap-2 px-3 py-1.5 text-caption text-muted">
        {countNoun(indexesTotal, "index", "indexes")} built in {briefly(indexesMs)} of work
        {shown.length < indexes.length && (
          <Button size="small" onClick={() => setAll(true)}>
            Show {indexes.length - shown.length} more
          </Button>
        )}
      </p>
    </div>
  );
}

function TimingsHead({ what }: { what: string }) {
  return (
    <TableHead>
      <tr>
        <TableHeader className="border-t-0">{what}</TableHeader>
        <TableHeader className="border-t-0">Database</TableHeader>
        <TableHeader numeric className="border-t-0">
          Took
        </TableHeader>
      </tr>
    </TableHead>
  );
}

function TimingsRow(props: { what: string; code?: boolean; database: string; ms: number }) {
  return (
    <TableRow>
      <TableCell className={props.code ? "font-mono text-code wrap-anywhere" : ""}>{props.what}</TableCell>
      <TableCell className="text-muted wrap-anywhere">{props.database}</TableCell>
      <TableCell numeric>{briefly(props.ms)}</TableCell>
    </TableRow>
  );
}

/** Most steps and indexes take less than a second. */
function briefly(ms: number): string {
  if (ms < 1) return "< 1 ms";
  return ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms);
}

/** Steps of one database after those of another, each in the order they ended. */
function byDatabase(steps: MigrationTimings["steps"]): MigrationTimings["steps"] {
  const databases = [...new Set(steps.map(({ database }) => database))];
  return databases.flatMap((name) => steps.filter(({ database }) => database === name));
}

function useTimings(migrationId: string, active: boolean): MigrationTimings | undefined {
  const url = `/api/migrations/${migrationId}/timings`;
  const visible = useTabVisible();
  const read = useMemo(() => conditionalReader<MigrationTimings>(url), [url]);
  const { data } = useQuery({
    queryKey: [url],
    queryFn: ({ signal }) => read(signal),
    refetchInterval: active ? pollIntervalMs({ active: true, visible, paused: false }) : false,
    retry: false,
    networkMode: "always",
    staleTime: 1_000,
  });
  return data;
}
