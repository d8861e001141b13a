import { SingleBar } from "cli-progress";
import type { Output } from "@/lib/cli/output";
import type { VerifiedItem, VerifyEvent } from "@/lib/engine/verify/verify-events";
import { countNoun, formatBytesOf } from "@/lib/migrations/format-quantity";
import { displayName } from "@/lib/postgres/sql";

/** One way of showing how far a verification is. */
export interface VerifyProgress {
  begin(database: string): void;
  event(database: string, event: VerifyEvent): void;
  /** Gives the terminal back. Idempotent. */
  close(): void;
}

/** JSON lines, a bar on a terminal, or else a line for each item that is not equal. */
export function chooseProgress(json: boolean, output: Output): VerifyProgress {
  if (json) return jsonProgress(output);
  return process.stderr.isTTY === true ? barProgress() : lineProgress(output);
}

/** Every event as it comes, with the database it is about. */
function jsonProgress({ out }: Output): VerifyProgress {
  return {
    begin: () => undefined,
    event: (database, event) => out(JSON.stringify({ at: new Date().toISOString(), database, ...event })),
    close: () => undefined,
  };
}

/** How much of what was planned is done. */
export class VerifyTally {
  #planned = new Map<string, number>();
  readonly #read = new Map<string, number>();
  readonly #ended = new Set<string>();

  apply(event: VerifyEvent): void {
    if (event.type === "planned")
      this.#planned = new Map(event.items.map((item) => [keyOf(item), item.bytesEstimated]));
    if (event.type === "item-progress") this.#read.set(keyOf(event.item), event.bytes);
    if (event.type === "item-ended") this.#ended.add(keyOf(event.result.item));
  }

  get figures() {
    let bytes = 0;
    let bytesTotal = 0;
    for (const [key, estimated] of this.#planned) {
      bytesTotal += estimated;
      bytes += this.#ended.has(key) ? estimated : Math.min(estimated, this.#read.get(key) ?? 0);
    }
    return { bytes, bytesTotal, items: this.#ended.size, itemsTotal: this.#planned.size };
  }
}

function keyOf({ kind, schema, name }: VerifiedItem): string {
  return JSON.stringify([kind, schema, name]);
}

function barProgress(): VerifyProgress {
  const bar = new SingleBar({
    format: "{database} {bar} {percentage}%  {figures}",
    barsize: 28,
    hideCursor: true,
    stream: process.stderr,
    gracefulExit: false,
    clearOnComplete: true,
  });
  let tally = new VerifyTally();
  let running = false;
  const close = () => {
    if (running) bar.stop();
    running = false;
  };
  return {
    begin(database) {
      close();
      tally = new VerifyTally();
      bar.start(1, 0, { database, figures: "" });
      running = true;
    },
    event(_database, event) {
      tally.apply(event);
      const { bytes, bytesTotal, items, itemsTotal } = tally.figures;
      // Small items count too: a database of ten thousand empty tables would stand at nought.
      const weight = Math.max(1, bytesTotal / Math.max(1, itemsTotal));
      bar.setTotal(bytesTotal + itemsTotal * weight);
      const figures = `${formatBytesOf(bytes, bytesTotal)}  ${items} of ${countNoun(itemsTotal, "item")}`;
      bar.update(bytes + items * weight, { figures });
    },
    close,
  };
}

function lineProgress({ say }: Output): VerifyProgress {
  return {
    begin: (database) => say(`Comparing ${database} ...`),
    event(database, event) {
      if (event.type !== "item-ended" || event.result.state === "equal") return;
      const { item, state } = event.result;
      say(
        `${database}: ${item.schema === "" ? item.name : displayName(item.schema, item.name)} is ${state}.`,
      );
    },
    close: () => undefined,
  };
}
