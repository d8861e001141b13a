import { MultiBar, type SingleBar } from "cli-progress";
import type { Output } from "@/lib/cli/output";
import { formatByteRate, formatBytesOf } from "@/lib/migrations/format-quantity";
import { percentOf, type RateSample, smoothedRate } from "@/lib/migrations/progress";
import { describeEnding } from "./describe-ending";
import { describeLag, describePhase } from "./line-reporter";
import type { DatabaseView } from "./migration-view";
import type { Reporter } from "./reporter";

/** Samples kept for the rate; at two a second these cover more than the rate's memory. */
const SAMPLES = 120;
const NAME_WIDTH = 24;

interface Row {
  bar: SingleBar;
  samples: RateSample[];
}

/** A progress bar for each database, redrawn in place; only for terminals. */
export function barReporter({ out }: Output): Reporter {
  const bars = new MultiBar({
    format: "{name} {bar} {percent} {figures}",
    barsize: 28,
    hideCursor: true,
    forceRedraw: true,
    stream: process.stderr,
    // Its own handling of signals would end the bars while the migration is still being canceled.
    gracefulExit: false,
  });
  const rows = new Map<string, Row>();
  const rowOf = (database: DatabaseView): Row => {
    const known = rows.get(database.name);
    if (known) return known;
    const row = { bar: bars.create(100, 0, texts(database, [])), samples: [] };
    rows.set(database.name, row);
    return row;
  };
  let closed = false;
  // Stopping draws the bars once more, under whatever was printed meanwhile.
  const close = () => {
    if (!closed) bars.stop();
    closed = true;
  };
  return {
    created(view) {
      out(`Migration ${view.name}`);
      for (const database of view.databases) rowOf(database);
    },
    progress(view) {
      for (const database of view.databases) {
        const { bar, samples } = rowOf(database);
        samples.push({ atMs: Date.now(), bytesCopied: database.bytesCopied });
        if (samples.length > SAMPLES) samples.shift();
        bar.update(percentage(database) ?? 0, texts(database, samples));
      }
    },
    note: (message) => bars.log(`${message}\n`),
    ended(ending) {
      close();
      for (const line of describeEnding(ending)) out(line);
    },
    close,
  };
}

function percentage(database: DatabaseView): number | null {
  return percentOf({ ...database, done: database.state === "Succeeded" });
}

function texts(database: DatabaseView, samples: readonly RateSample[]): Record<string, string> {
  const { name, phase, bytesCopied, bytesEstimated, following } = database;
  const percent = percentage(database);
  const rate = phase === "copy" ? smoothedRate(samples) : null;
  const figures = [
    describePhase(database),
    ...(following ? [describeLag(following)] : []),
    ...(!following && bytesEstimated > 0
      ? [formatBytesOf(bytesCopied, Math.max(bytesCopied, bytesEstimated))]
      : []),
    ...(rate !== null && rate > 0 ? [formatByteRate(rate)] : []),
  ];
  const short = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name;
  return {
    name: short.padEnd(NAME_WIDTH),
    percent: percent === null ? "   -" : `${percent}%`.padStart(4),
    figures: figures.join("  "),
  };
}
