import { SERVER_NAME_PATTERN } from "@/lib/migrations/server-contract";

/** A name for the server at `host` that the rules allow and no server in `taken` has; "" when none suggests itself. */
export function suggestServerName(host: string, taken: readonly string[]): string {
  const trimmed = host.trim();
  const address = /^[\d.]+$/.test(trimmed) || trimmed.includes(":");
  const stem = (address ? `server-${trimmed}` : (trimmed.split(".")[0] ?? ""))
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 58);
  if (stem.length < 3 || !SERVER_NAME_PATTERN.test(stem)) return "";
  const used = new Set(taken.map((name) => name.toLowerCase()));
  if (!used.has(stem.toLowerCase())) return stem;
  for (let number = 2; number <= taken.length + 2; number += 1) {
    const candidate = `${stem}-${number}`;
    if (!used.has(candidate.toLowerCase())) return candidate;
  }
  return "";
}
