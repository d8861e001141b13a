import type { Throttle } from "../throttle";
import type { HashContext } from "./row-hash";
import type { VerifiedItem, VerifiedResult, VerifiedState, VerifyEvent } from "./verify-events";
import type { VerifySide } from "./verify-side";

/** What all comparisons of one verification share. */
export interface VerifyRun {
  source: VerifySide;
  target: VerifySide;
  sourceThrottle: Throttle;
  targetThrottle: Throttle;
  hash: HashContext;
  maxDifferences: number;
  /** Not only tables that were named. */
  everyTable: boolean;
  report: (event: VerifyEvent) => void;
  signal: AbortSignal;
}

/** Fields of a result beyond state and message; what is left out is unknown or nought. */
export type ResultDetails = Partial<Omit<VerifiedResult, "item" | "state" | "message" | "ms">>;

/** A complete result; `startedAt` as of performance.now(). */
export function resultOf(
  item: VerifiedItem,
  state: VerifiedState,
  message: string | null,
  startedAt: number,
  details: ResultDetails = {},
): VerifiedResult {
  return {
    item,
    state,
    sourceRows: null,
    targetRows: null,
    sourceChecksum: null,
    targetChecksum: null,
    differences: 0,
    differencesLimited: false,
    ...details,
    message,
    ms: Math.round(performance.now() - startedAt),
  };
}
