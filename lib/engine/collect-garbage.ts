import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** From so many tables or statements on their garbage is worth a pause of a tenth of a second. */
export const MANY_OBJECTS = 2_000;

type Collector = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

let collect: Collector | null = null;

/**
 * Frees what a step has left that worked on so many objects of a schema, if they are many: V8 would let the heap grow to
 * twice of what the step took before it looked again. As a last resort the heap is also made dense, and the system gets back
 * what is free: otherwise pages with little in them stay, 50 MB of them with 10,000 tables. Takes about two milliseconds per
 * megabyte in use, in which nothing else runs.
 */
export function collectGarbage(objects: number): void {
  if (objects < MANY_OBJECTS) return;
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as Collector;
  }
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
