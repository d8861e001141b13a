import { underLoad } from "@/lib/util/testing/under-load";

const TAKE_OVER_MS = 15_000;

/** Milliseconds within which another worker has taken over. */
export function takeOverLimitMs(): number {
  return underLoad(TAKE_OVER_MS);
}
