/** The middle of the figures; of an even number the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

export interface Timings {
  workload: string;
  mover: string;
  /** Milliseconds of each round; a round that failed is absent. */
  ms: number[];
}

/** A Markdown table: median seconds, slowest and fastest, and how many times as long as Howdah each took. */
export function renderTable(timings: readonly Timings[]): string {
  const lines = [
    "| workload | mover | median s | fastest–slowest s | times Howdah |",
    "| --- | --- | ---: | ---: | ---: |",
  ];
  for (const { workload, mover, ms } of timings) {
    const own = timings.find((one) => one.workload === workload && one.mover === "Howdah");
    const ratio = own && own.ms.length > 0 && ms.length > 0 ? (median(ms) / median(own.ms)).toFixed(2) : "–";
    const range = ms.length > 0 ? `${seconds(Math.min(...ms))}–${seconds(Math.max(...ms))}` : "failed";
    lines.push(
      `| ${workload} | ${mover.replaceAll("|", "\\|")} | ${ms.length > 0 ? seconds(median(ms)) : "–"} | ${range} | ${ratio} |`,
    );
  }
  return lines.join("\n");
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
