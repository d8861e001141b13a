import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** From so many tables or statements on their garbage is worth a pause of a tenth of a second. */
const MANY_OBJECTS = 2_000;

let collect: (() => void) | null = null;

/**
 * Frees what a step has left that worked on so many objects of a schema, if they are many: V8 would let the heap grow to
 * twice of what the step took before it looked again. Takes about a millisecond per megabyte in use, in which nothing else runs.
 */
export function collectGarbage(objects: number): void {
  if (objects < MANY_OBJECTS) return;
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
