import type { Lsn } from "@/lib/postgres/lsn";
import type { ChangeSink } from "./change-readers";
import type { Begin, Change } from "./decode/change";

/** Gathers changes to be handed out, without transactions that have none. */
export class WholeTransactions implements ChangeSink {
  #changes: Change[] = [];
  /** Of a transaction of which nothing came yet. */
  #begin: Begin | null = null;
  #isOpen = false;

  /** How many wait to be taken. */
  get length(): number {
    return this.#changes.length;
  }

  /** What was gathered, which is the caller's from then on. */
  take(): Change[] {
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  push(change: Change): void {
    if (change.kind === "begin") {
      this.#begin = change;
      this.#isOpen = true;
      return;
    }
    const begin = this.#begin;
    this.#begin = null;
    if (change.kind === "commit") this.#isOpen = false;
    if (begin && change.kind === "commit") {
      this.#changes.push({ kind: "quiet", lsn: change.endLsn });
      return;
    }
    if (begin) this.#changes.push(begin);
    this.#changes.push(change);
  }

  /** The server has nothing to send: all that was committed before `lsn` has come. Within a transaction that says nothing. */
  quiet(lsn: Lsn): void {
    if (!this.#isOpen) this.#changes.push({ kind: "quiet", lsn });
  }
}
