import type { CopyLimit } from "./copy-limit";
import type { MoveCost, Mover } from "./movers";
import type { PeerKind, Workload } from "./workloads";

/** The middle of the figures; of an even number the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

export interface Run extends MoveCost {
  /** Of the sessions of both servers. */
  serverCpuSeconds: number;
}

/** All runs of one mover over one workload; a run that failed is absent. */
export interface Series {
  mover: Mover;
  runs: Run[];
}

export interface WorkloadResult {
  workload: Workload;
  series: Series[];
  /** null for workloads in which the rows are not what takes time. */
  limit: CopyLimit | null;
}

const KINDS: readonly PeerKind[] = ["pgcopydb", "pgcopydb tuned", "pg_dump -Fd", "pg_dump | psql"];

/** Howdah's time as a share of that of the best peer of each kind, beside the goal. */
export function renderRatios(results: readonly WorkloadResult[]): string {
  const rows = results.map(({ workload, series }) => {
    const own = timeOf(series.filter(({ mover }) => mover.kind === "Howdah"));
    const cells = KINDS.map((kind) => {
      const best = timeOf(series.filter(({ mover }) => mover.kind === kind));
      const ratio = own / best;
      const goal = workload.goals[kind];
      if (Number.isNaN(ratio)) return "–";
      return `${ratio.toFixed(2)} (${ratio <= goal ? "≤" : "**misses**"} ${goal})`;
    });
    return [workload.name, ...cells];
  });
  return table(["workload", ...KINDS], rows);
}

/** Median seconds of the fastest of these series; NaN when none has a run. */
function timeOf(series: readonly Series[]): number {
  const medians = series.filter(({ runs }) => runs.length > 0).map(({ runs }) => median(times(runs)));
  return medians.length === 0 ? Number.NaN : Math.min(...medians);
}

function times(runs: readonly MoveCost[]): number[] {
  return runs.map(({ ms }) => ms / 1000);
}

/** Median and range of every mover. */
export function renderTimes(results: readonly WorkloadResult[]): string {
  const rows = results.flatMap(({ workload, series }) => {
    const own = timeOf(series.filter(({ mover }) => mover.kind === "Howdah"));
    return series.map(({ mover, runs }) => {
      if (runs.length === 0) return [workload.name, mover.name, "failed", "–", "–", "–"];
      const seconds = times(runs);
      const range = `${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)}`;
      const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1);
      const servers = median(runs.map((run) => run.serverCpuSeconds)).toFixed(1);
      return [
        workload.name,
        mover.name,
        median(seconds).toFixed(2),
        range,
        cpu,
        servers,
        (own / median(seconds)).toFixed(2),
      ];
    });
  });
  return table(
    [
      "workload",
      "mover",
      "median s",
      "fastest–slowest s",
      "CPU s",
      "servers' CPU s",
      "Howdah's time as a share",
    ],
    rows,
  );
}

const PHASES = ["schema", "copy", "indexes", "finish"] as const;
const STEPS = [
  "schema-dump",
  "pre-data",
  "rows",
  "index-builds",
  "constraints",
  "triggers-and-rules",
  "materialized-views",
  "analyze",
] as const;

/** Where Howdah's time went, what memory it took, and how right its forecast was. */
export function renderDetails(results: readonly WorkloadResult[]): string {
  const rows = results.map(({ workload, series, limit }) => {
    const runs = series.find(({ mover }) => mover.kind === "Howdah")?.runs ?? [];
    const details = runs.flatMap((run) => (run.details ? [run.details] : []));
    const seconds = (phase: string) => {
      const known = details.flatMap(({ phases }) => (phases[phase] === undefined ? [] : [phases[phase]]));
      return known.length === 0 ? "–" : (median(known) / 1000).toFixed(2);
    };
    const limits = limit ? `${(limit.readMs / 1000).toFixed(2)} / ${(limit.writeMs / 1000).toFixed(2)}` : "–";
    const rss = median(details.map(({ rssMib }) => rssMib)).toFixed(0);
    const before = median(details.map(({ rssBeforeMib }) => rssBeforeMib)).toFixed(0);
    return [
      workload.name,
      ...[...PHASES, ...STEPS].map(seconds),
      limits,
      `${before} → ${rss}`,
      errorOf(details),
    ];
  });
  const heads = [...PHASES, ...STEPS.map((step) => `(${step})`)];
  return table(["workload", ...heads, "rows alone: read / write s", "RSS MiB", "forecast's error"], rows);
}

function errorOf(details: readonly NonNullable<MoveCost["details"]>[]): string {
  const errors = details.flatMap(({ forecast }) =>
    forecast ? [Math.abs(forecast.forecastMs - forecast.actualMs) / forecast.actualMs] : [],
  );
  return errors.length === 0 ? "–" : `${(median(errors) * 100).toFixed(0)} %`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
