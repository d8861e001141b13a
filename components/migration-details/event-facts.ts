import { formatDuration } from "@/lib/migrations/format-duration";
import { formatBytes, groupDigits } from "@/lib/migrations/format-quantity";

/** Names that read badly when their words are only taken apart. */
const NAMES: Record<string, string> = { sqlState: "SQLSTATE", ms: "took" };

/** What the message itself says already. */
const TOLD = new Set(["phase"]);

/** The plain values of an event's data as short facts: "took 33 s", "SQLSTATE 08006", "tables 26". */
export function eventFacts(data: Record<string, unknown>): string[] {
  return Object.entries(data).flatMap(([key, value]) => {
    if (TOLD.has(key)) return [];
    const text = textOf(key, value);
    return text === null ? [] : [`${nameOf(key)} ${text}`];
  });
}

function textOf(key: string, value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return null;
  if (key === "ms" || key.endsWith("Ms")) return formatDuration(value);
  if (key === "bytes" || key.endsWith("Bytes")) return formatBytes(value);
  return groupDigits(value);
}

function nameOf(key: string): string {
  const known = NAMES[key];
  if (known) return known;
  return key
    .replace(/(Ms|Bytes)$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
}
