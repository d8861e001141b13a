/** Limits a move keeps to; null is no limit. They may change at any time while it runs. */
export interface ThrottleLimits {
  /** Bytes of table data per second over all connections of one throttle. */
  bytesPerSecond: number | null;
  /** Pairs of copy connections, and index builds, at the same time; at least 1. */
  connections: number | null;
}

export const UNTHROTTLED: ThrottleLimits = { bytesPerSecond: null, connections: null };
