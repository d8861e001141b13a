const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const COUNT_UNITS = ["", " k", " M", " G", " T"] as const;
const STEP = 1000;

/** A size in decimal units with three significant digits: "412 MB", "58.9 GB". `bytes` in bytes. */
export function formatBytes(bytes: number): string {
  const exponent = exponentOf(bytes, BYTE_UNITS.length);
  return `${scaled(bytes, exponent)} ${BYTE_UNITS[exponent] ?? ""}`;
}

/** "36.5 of 58.9 GB": both in the unit of the whole. Sizes in bytes. */
export function formatBytesOf(part: number, whole: number): string {
  const exponent = exponentOf(Math.max(part, whole), BYTE_UNITS.length);
  return `${scaled(part, exponent)} of ${scaled(whole, exponent)} ${BYTE_UNITS[exponent] ?? ""}`;
}

/** A rate: "41.8 MB/s". In bytes per second. */
export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A count as a column shows it: "847", "12.7 k", "147 M". */
export function formatCount(count: number): string {
  const exponent = exponentOf(count, COUNT_UNITS.length);
  return `${scaled(count, exponent)}${COUNT_UNITS[exponent] ?? ""}`;
}

/** "84 of 147 M": both in the unit of the whole. */
export function formatCountOf(part: number, whole: number): string {
  const exponent = exponentOf(Math.max(part, whole), COUNT_UNITS.length);
  return `${scaled(part, exponent)} of ${scaled(whole, exponent)}${COUNT_UNITS[exponent] ?? ""}`;
}

/** "1 table", "3 tables", "5,000 tables"; `plural` when it is not the word with an s. */
export function countNoun(count: number, noun: string, plural = `${noun}s`): string {
  return `${groupDigits(count)} ${count === 1 ? noun : plural}`;
}

/** An exact number with commas between groups of three digits. */
export function groupDigits(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Names joined as a sentence does: "a", "a and b", "a, b and c"; beyond `limit` "a, b and 7 more". */
export function joinNames(names: readonly string[], limit = 5): string {
  const shown = names.length > limit ? names.slice(0, Math.max(1, limit - 1)) : names;
  const rest = names.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

function exponentOf(value: number, units: number): number {
  let exponent = 0;
  // 999.5 and more would round to 1000 of the smaller unit.
  for (let rest = Math.abs(value); rest >= STEP - 0.5 && exponent < units - 1; rest /= STEP) exponent += 1;
  return exponent;
}

function scaled(value: number, exponent: number): string {
  const number = value / STEP ** exponent;
  if (exponent === 0 || number === 0) return String(Math.round(number));
  return number.toFixed(number >= 99.95 ? 0 : number >= 0.995 ? 1 : 2);
}
