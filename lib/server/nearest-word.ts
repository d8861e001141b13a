/** The word of `words` that `text` is most likely a misspelling of; null when none is near. */
export function nearestWord(text: string, words: readonly string[]): string | null {
  const ranked = words
    .map((word) => ({ word, steps: editSteps(text.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps);
  const [best] = ranked;
  return best && best.steps <= Math.max(1, Math.floor(best.word.length / 4)) ? best.word : null;
}

/** Insertions, deletions and replacements of single characters that lead from one text to the other (Levenshtein). */
function editSteps(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, character] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (to[j - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
