import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, TableName } from "@/lib/engine/events";
import { moveDatabase } from "@/lib/engine/move-database";
import { type ForecastFigures, forecastRemainingMs } from "@/lib/migrations/forecast";
import type { RateSample } from "@/lib/migrations/progress";
import type { RecordedMove } from "@/lib/migrations/testing/recorded-moves";
import { qualified } from "@/lib/postgres/sql";
import { serveParent } from "./child";
import type { HowdahDetails, Move, MoveCost } from "./movers";

const SAMPLE_MS = 200;
/** Of a shorter move a page would make no forecast. */
const FORECAST_FROM_MS = 5_000;
const MIB = 1024 * 1024;

/** What the engine told, as figures. */
class Recorder {
  readonly #startedAt = performance.now();
  readonly #phases: Record<string, number> = {};
  readonly #estimated = new Map<string, number>();
  readonly #rowsEstimated = new Map<string, number>();
  readonly #copied = new Map<string, number>();
  readonly #rows = new Map<string, number>();
  readonly #finished = new Set<string>();
  readonly #samples: (RateSample & { figures: ForecastFigures })[] = [];
  readonly #indexBytes: number;
  #indexes = { total: 0, done: 0 };

  constructor(indexBytes: number) {
    this.#indexBytes = indexBytes;
  }

  readonly report = (event: EngineEvent): void => {
    if (event.type === "planned") {
      for (const table of event.tables) {
        this.#estimated.set(keyOf(table), table.bytesEstimated);
        this.#rowsEstimated.set(keyOf(table), table.rowsEstimated);
      }
      this.#indexes.total = event.indexes;
    } else if (event.type === "phase-started") this.#phases[event.phase] = -this.#now();
    else if (event.type === "phase-ended")
      this.#phases[event.phase] = (this.#phases[event.phase] ?? 0) + this.#now();
    else if (event.type === "step-completed") this.#phases[event.step] = event.ms;
    else if (event.type === "index-completed") this.#indexes.done++;
    else if (event.type === "table-progress") {
      this.#copied.set(keyOf(event.table), event.bytes);
      this.#rows.set(keyOf(event.table), event.rows);
    } else if (event.type === "table-completed") {
      this.#copied.set(keyOf(event.table), event.bytes);
      this.#finished.add(keyOf(event.table));
    }
  };

  sample(): void {
    const figures = this.#figures();
    if (figures.bytesEstimated > 0)
      this.#samples.push({ atMs: this.#now(), bytesCopied: figures.bytesCopied, figures });
  }

  details(): Pick<HowdahDetails, "phases" | "forecast"> {
    return { phases: this.#phases, forecast: this.#forecast() };
  }

  /** The whole move, as the forecast's tests replay it. */
  recording(name: string): RecordedMove {
    const { bytesEstimated, rowsEstimated, indexesTotal, tablesTotal } = this.#figures();
    const moments = this.#samples.map(({ atMs, figures }) => {
      const { bytesCopied, arrivedBytesEstimated, arrivedBytesCopied, indexesDone, arrivedRowsEstimated } =
        figures;
      const arrived = [Math.round(arrivedBytesEstimated), arrivedBytesCopied] as const;
      return [Math.round(atMs), bytesCopied, ...arrived, indexesDone, arrivedRowsEstimated] as const;
    });
    const totalMs = Math.round(this.#now());
    return {
      name,
      totalMs,
      bytesEstimated,
      rowsEstimated,
      indexBytesEstimated: this.#indexBytes,
      indexesTotal,
      tablesTotal,
      moments,
    };
  }

  #figures(): ForecastFigures {
    const arrived = [...this.#copied.keys()].map((key) => ({ key, share: this.#arrivedShare(key) }));
    return {
      bytesEstimated: sum(this.#estimated.values()),
      bytesCopied: sum(this.#copied.values()),
      arrivedBytesEstimated: sum(arrived.map(({ key, share }) => share * (this.#estimated.get(key) ?? 0))),
      arrivedBytesCopied: sum(
        arrived.map(({ key, share }) => (share > 0 ? (this.#copied.get(key) ?? 0) : 0)),
      ),
      rowsEstimated: sum(this.#rowsEstimated.values()),
      arrivedRowsEstimated: sum([...this.#copied.keys()].map((key) => this.#arrivedRows(key))),
      indexBytesEstimated: this.#indexBytes,
      indexesTotal: this.#indexes.total,
      indexesDone: this.#indexes.done,
      tablesTotal: this.#estimated.size,
      done: false,
    };
  }

  /** This and the next as readCopyFigures() has it of the store. */
  #arrivedRows(key: string): number {
    const rows = this.#rowsEstimated.get(key) ?? 0;
    return this.#finished.has(key) ? rows : Math.min(rows, this.#rows.get(key) ?? 0);
  }

  #arrivedShare(key: string): number {
    const rows = this.#rowsEstimated.get(key) ?? 0;
    if (this.#finished.has(key)) return 1;
    return rows > 0 ? Math.min(0.99, (this.#rows.get(key) ?? 0) / rows) : 0;
  }

  /** What a page would have said when a quarter of the bytes were there, and what came of it. */
  #forecast(): HowdahDetails["forecast"] {
    const total = this.#samples.at(-1)?.bytesCopied ?? 0;
    const at = this.#samples.findIndex(({ bytesCopied }) => bytesCopied >= total / 4);
    const quarter = this.#samples[at];
    if (!quarter || total === 0 || this.#now() < FORECAST_FROM_MS) return null;
    const forecastMs = forecastRemainingMs(quarter.figures, this.#samples.slice(0, at + 1));
    return forecastMs === null ? null : { forecastMs, actualMs: this.#now() - quarter.atMs };
  }

  #now(): number {
    return performance.now() - this.#startedAt;
  }
}

function keyOf({ schema, name }: TableName): string {
  return qualified(schema, name);
}

function sum(figures: Iterable<number>): number {
  return [...figures].reduce((total, figure) => total + figure, 0);
}

function record(move: RecordedMove): void {
  const folder = process.env["HOWDAH_BENCH_RECORD"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${move.name}-${Date.now()}.json`), JSON.stringify(move));
}

/** CPU seconds of the programs this process has run, in Linux's ticks of 10 ms; 0 elsewhere. */
function childrenCpuSeconds(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

async function move({ source, target, indexBytes }: Move): Promise<MoveCost> {
  const recorder = new Recorder(indexBytes);
  const rssBefore = process.memoryUsage().rss;
  let rss = rssBefore;
  const timer = setInterval(() => {
    recorder.sample();
    rss = Math.max(rss, process.memoryUsage().rss);
  }, SAMPLE_MS);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  try {
    const { signal } = new AbortController();
    const result = await moveDatabase({ source, target, report: recorder.report, signal });
    const ms = performance.now() - startedAt;
    recorder.sample();
    const { user, system } = process.cpuUsage(cpuBefore);
    record(recorder.recording(target.database));
    const failed = result.failures.find((failure) => failure.severity === "error");
    if (failed) throw new Error(`${failed.object}: ${failed.message}`);
    const cpuSeconds = (user + system) / 1_000_000 + childrenCpuSeconds();
    const memory = { rssMib: rss / MIB, rssBeforeMib: rssBefore / MIB };
    return { ms, cpuSeconds, details: { ...memory, ...recorder.details() } };
  } finally {
    clearInterval(timer);
  }
}

serveParent(move);
