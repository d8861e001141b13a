const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A duration in its two largest units: "0.4 s", "41 s", "19 min 15 s", "16 h 51 min", "2 d 3 h".
 * `ms` is in milliseconds; a negative or unknown value counts as zero.
 */
export function formatDuration(ms: number): string {
  const safe = Number.isFinite(ms) && ms > 0 ? ms : 0;
  if (safe < 950) return `${(Math.round(safe / 100) / 10).toString()} s`;
  const seconds = Math.round(safe / SECOND) * SECOND;
  if (seconds < MINUTE) return `${seconds / SECOND} s`;
  if (seconds < HOUR) return pair(seconds, MINUTE, "min", SECOND, "s");
  if (seconds < DAY) return pair(seconds, HOUR, "h", MINUTE, "min");
  return pair(seconds, DAY, "d", HOUR, "h");
}

/** As `formatDuration`, without the seconds once a minute is reached: "19 min". For columns. `ms` in milliseconds. */
export function formatDurationBriefly(ms: number): string {
  if (ms < MINUTE || ms >= HOUR) return formatDuration(ms);
  return `${Math.floor(ms / MINUTE)} min`;
}

/** How far behind something is: "caught up", "0.4 s", "1.2 s", "41 s", "3 min 5 s". `ms` in milliseconds. */
export function formatLag(ms: number): string {
  if (!(ms > 0)) return "caught up";
  if (ms < LAG_IN_TENTHS_MS) return `${Math.max(0.1, Math.round(ms / 100) / 10).toFixed(1)} s`;
  return formatDuration(ms);
}

/** What something short took: "40 ms", "1.2 s", "41 s"; longer as everywhere. `ms` in milliseconds. */
export function formatShortTime(ms: number): string {
  return ms < 1_000 ? `${Math.round(Math.max(0, ms))} ms` : formatLag(ms);
}

/** Below this a lag's tenths of a second matter. */
const LAG_IN_TENTHS_MS = 9_950;

/** Time left as a person says it: "about 20 s", "about 9 min", "about 2 h 10 min". `ms` in milliseconds. */
export function formatTimeLeft(ms: number): string {
  if (ms < 10 * SECOND) return "a few seconds";
  if (ms < MINUTE) return `about ${Math.round(ms / (10 * SECOND)) * 10} s`;
  if (ms < HOUR) return `about ${Math.round(ms / MINUTE)} min`;
  const step = ms < 6 * HOUR ? 10 * MINUTE : HOUR;
  return `about ${formatDuration(Math.round(ms / step) * step)}`;
}

/** How long ago, for "Updated … ago": "1 s", "58 s", "3 min". `ms` in milliseconds. */
export function formatAge(ms: number): string {
  if (ms < SECOND) return "0 s";
  return ms < MINUTE ? `${Math.floor(ms / SECOND)} s` : formatDurationBriefly(ms);
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  const head = `${Math.floor(ms / large)} ${largeUnit}`;
  return rest === 0 ? head : `${head} ${rest} ${smallUnit}`;
}
