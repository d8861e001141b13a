/** Clocks closer than this count as equal: the Date header has whole seconds. In milliseconds. */
const TOLERANCE_MS = 2_000;

let offsetMs = 0;

/**
 * How far the server's clock is ahead of this one, in milliseconds; 0 when they agree within 2 s or the header is
 * missing. `sentAt` and `receivedAt` bracket the answer on this clock.
 */
export function clockOffsetMs(dateHeader: string | null, sentAt: number, receivedAt: number): number {
  const server = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(server)) return 0;
  const offset = server + 500 - (sentAt + receivedAt) / 2;
  return Math.abs(offset) <= TOLERANCE_MS ? 0 : offset;
}

/** Durations are counted on the server's clock from now on. */
export function setClockOffset(ms: number): void {
  offsetMs = ms;
}

/** The server's present, in milliseconds since the epoch. */
export function serverNowMs(): number {
  return Date.now() + offsetMs;
}
