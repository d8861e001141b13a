import type { VerificationSchemaLine } from "@/lib/migrations/verification";

/** One row of the side-by-side view. */
export interface SchemaPair {
  /** null: the other side has a line here and this one has none. */
  source: { number: number | null; text: string } | null;
  target: { number: number | null; text: string } | null;
  kind: "same" | "different" | "gap";
}

/** Puts lines side by side: what was removed stands beside what was added in its place. */
export function pairLines(lines: readonly VerificationSchemaLine[]): SchemaPair[] {
  const pairs: SchemaPair[] = [];
  let removed: VerificationSchemaLine[] = [];
  let added: VerificationSchemaLine[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index++) {
      const [left, right] = [removed[index], added[index]];
      pairs.push({
        kind: "different",
        source: left ? { number: left.source, text: left.text } : null,
        target: right ? { number: right.target, text: right.text } : null,
      });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") removed.push(line);
    else if (line.kind === "added") added.push(line);
    else {
      flush();
      pairs.push({
        kind: line.kind,
        source: { number: line.source, text: line.text },
        target: { number: line.target, text: line.text },
      });
    }
  }
  flush();
  return pairs;
}
