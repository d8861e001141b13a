import { getHeapStatistics, setFlagsFromString } from "node:v8";

/** Garbage that may gather while changes are applied. */
const ROOM_BYTES = 40 * 1024 * 1024;
const MOST_PERCENT = 200;

const FLAG = "--heap-growing-percent=";

let users = 0;

/**
 * Lets the heap of a process that was told to stay small grow by 40 MB or so before it is looked through, until it is disposed.
 * The changes of a batch live just long enough to be taken for lasting ones: every few batches the whole heap was looked
 * through, which took a third of the time of catching up. Of no effect where V8 decides by itself.
 */
export function roomForBatches(): Disposable {
  const given = process.execArgv.find((flag) => flag.startsWith(FLAG));
  if (!given) return { [Symbol.dispose]: () => undefined };
  users++;
  const percent = Math.round((100 * ROOM_BYTES) / getHeapStatistics().used_heap_size);
  const least = Number(given.slice(FLAG.length));
  setFlagsFromString(`${FLAG}${Math.max(least, Math.min(percent, MOST_PERCENT))}`);
  let isOver = false;
  return {
    [Symbol.dispose]: () => {
      if (isOver) return;
      isOver = true;
      users--;
      if (users === 0) setFlagsFromString(given);
    },
  };
}
