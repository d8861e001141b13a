/**
 * A command line as users copy it: the words of az in front of Howdah's own ("postgres flexible-server migration", "deployment group")
 * are left out, so that `alias az=howdah` is all a script needs, and a dash that a document made long is one again. `notes` tell of
 * what is not merely another name.
 */
export function fromAzWords(args: readonly string[]): { args: string[]; notes: string[] } {
  const notes: string[] = [];
  const words = args.map((word) => {
    const straight = word.replace(
      /^[\u2010-\u2015\u2212-]*[\u2010-\u2015\u2212][\u2010-\u2015\u2212-]*(?=[a-z])/,
      "--",
    );
    if (straight !== word) notes.push(`"${word}" has a dash of a text editor; ${straight} is taken for it.`);
    return straight;
  });
  for (const [prefix, kept] of PREFIXES) {
    if (prefix.every((word, index) => words[index] === word)) {
      return { args: [...kept, ...words.slice(prefix.length)], notes };
    }
  }
  return { args: words, notes };
}

const PREFIXES: readonly (readonly [prefix: readonly string[], kept: readonly string[]])[] = [
  [["postgres", "flexible-server", "migration"], ["migration"]],
  [
    ["postgres", "flexible-server", "show"],
    ["server", "show"],
  ],
  [
    ["postgres", "flexible-server", "list"],
    ["server", "list"],
  ],
  [
    ["deployment", "operation", "group", "list"],
    ["deployment", "operations"],
  ],
  [["deployment", "group"], ["deployment"]],
];
