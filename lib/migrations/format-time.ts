const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Time of day in UTC, "14:30:39"; `iso` is ISO 8601. The page says once that times are UTC. */
export function formatClock(iso: string): string {
  return new Date(iso).toISOString().slice(11, 19);
}

/** Time of day in UTC without seconds, "14:30". */
export function formatClockBriefly(iso: string): string {
  return formatClock(iso).slice(0, 5);
}

/** Day in UTC, "21 Nov 2026". */
export function formatDay(iso: string): string {
  const date = new Date(iso);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

/** Day and time in UTC, "21 Nov 2026, 14:30:39 UTC". */
export function formatMoment(iso: string): string {
  return `${formatDay(iso)}, ${formatClock(iso)} UTC`;
}

/** Milliseconds from `startIso` to `endIso`, or to `nowMs` while it has not ended. Never negative. */
export function elapsedMs(startIso: string, endIso: string | null, nowMs: number): number {
  const end = endIso === null ? nowMs : Date.parse(endIso);
  return Math.max(0, end - Date.parse(startIso));
}
