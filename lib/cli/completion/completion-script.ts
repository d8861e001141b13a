import type { Command, Option } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What can follow a command: its verbs and options. */
interface Words {
  /** The words that lead to it, without the program's name. */
  path: readonly string[];
  description: string;
  verbs: readonly { word: string; description: string }[];
  /** What its argument may be, where that is a closed list. */
  values: readonly string[];
  options: readonly {
    words: readonly string[];
    description: string;
    takesValue: boolean;
    choices: readonly string[];
  }[];
}

/** A script that completes the program's commands, options and their choices in a shell. Made of the commands themselves. */
export function completionScript(program: Command, shell: Shell): string {
  const all = wordsBelow(program, []);
  switch (shell) {
    case "bash":
      return bashScript(all);
    case "zsh":
      return zshScript(all);
    case "fish":
      return fishScript(all);
  }
}

function wordsBelow(command: Command, path: readonly string[]): Words[] {
  const own = {
    path,
    description: command.description(),
    verbs: command.commands.map((verb) => ({ word: verb.name(), description: verb.description() })),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    options: command.options.filter((option) => !option.hidden).map(wordsOf),
  };
  return [own, ...command.commands.flatMap((verb) => wordsBelow(verb, [...path, verb.name()]))];
}

function wordsOf(option: Option) {
  return {
    words: [option.short, option.long].filter((word) => word !== undefined),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

/** The way to the command typed so far, by dropping options; good enough for every shell. */
function bashScript(all: readonly Words[]): string {
  const cases = all.map(({ path, verbs, values, options }) => {
    const ways = [
      [...verbs.map(({ word }) => word), ...values],
      [...options.flatMap(({ words }) => words), "--help"],
    ];
    const [words, dashed] = ways.map((list) => quoted(list.join(" ")));
    return `    ${quoted(path.join(" "))}) words=${words} dashed=${dashed} ;;`;
  });
  const known = all.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(" ")));
  const choices = choiceCases(all).map(
    ([places, values]) =>
      `    ${places}) COMPREPLY=($(compgen -W ${quoted(values)} -- "$current")); return ;;`,
  );
  return `# howdah completion for bash: source <(howdah completion bash)
_howdah() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" way="" word next words="" dashed=""
  # --mode=Online comes as three words.
  if [[ "$current" == "=" ]]; then
    current=""
  elif [[ "$before" == "=" ]]; then
    before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${way:+$way }$word"
    case "$next" in
      ${known.join("|")}) way="$next" ;;
    esac
  done
  case "$way $before" in
${choices.join("\n")}
    *' '--*file|*' '--properties|*' '-b|*' '-f|*' '-p|*' '--parameters) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$way" in
${cases.join("\n")}
  esac
  if [[ "$current" == -* || -z "$words" ]]; then words="$dashed"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _howdah howdah
`;
}

function zshScript(all: readonly Words[]): string {
  const cases = all.map(({ path, verbs, values, options }) => {
    const words = [
      ...values,
      ...verbs.map(({ word, description }) => `${word}:${description}`),
      ...options.flatMap(({ words, description }) => words.map((word) => `${word}:${description}`)),
      "--help:display help for command",
    ];
    return `    ${quoted(path.join(" "))}) found=(${words.map(quoted).join(" ")}) ;;`;
  });
  const known = all.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(" ")));
  const choices = choiceCases(all).map(
    ([places, values]) => `    ${places}) compadd -- ${values}; return ;;`,
  );
  return `#compdef howdah
# howdah completion for zsh: source <(howdah completion zsh)
_howdah() {
  local way="" word next before="\${words[CURRENT-1]}"
  local -a found
  if [[ "\${words[CURRENT]}" == --*=* ]]; then
    before="\${words[CURRENT]%%=*}"
    compset -P '*='
  fi
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${way:+$way }$word"
    case "$next" in
      ${known.join("|")}) way="$next" ;;
    esac
  done
  case "$way $before" in
${choices.join("\n")}
    *' '--*file|*' '--properties|*' '-b|*' '-f|*' '-p|*' '--parameters) _files; return ;;
  esac
  case "$way" in
${cases.join("\n")}
  esac
  _describe 'howdah' found
}
# A file in fpath is run as the function itself; a script that is sourced has to make it known.
if [[ "\${funcstack[1]}" == _howdah ]]; then
  _howdah "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _howdah howdah
fi
`;
}

function fishScript(all: readonly Words[]): string {
  const lines = all.flatMap(({ path, verbs, values, options }) => {
    const condition = ["__howdah_at", ...path].join(" ");
    const line = (rest: string) => `complete -c howdah -n ${quoted(condition)} ${rest}`;
    return [
      ...(values.length > 0 ? [line(`-f -a ${quoted(values.join(" "))}`)] : []),
      ...verbs.map(({ word, description }) => line(`-f -a ${word} -d ${quoted(description)}`)),
      ...options.map(({ words, description, takesValue, choices }) => {
        const names = words.map((word) =>
          word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`,
        );
        const value = takesValue
          ? ` -r${choices.length > 0 ? ` -f -a ${quoted(choices.join(" "))}` : ""}`
          : "";
        return line(`${names.join(" ")}${value} -d ${quoted(description)}`);
      }),
    ];
  });
  const known = all.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(" ")));
  return `# howdah completion for fish: howdah completion fish | source
function __howdah_at
  set -l known ${known.join(" ")}
  set -l way
  for word in (commandline -opc)
    set -l next $way $word
    contains -- "$next" $known; and set way $next
  end
  test "$way" = "$argv"
end
${lines.join("\n")}
`;
}

/** Where values of a closed list follow, "command --option", as a pattern of a shell's case, with these values. */
function choiceCases(all: readonly Words[]): [places: string, values: string][] {
  const places = new Map<string, string[]>();
  for (const { path, options } of all) {
    for (const { words, choices } of options) {
      if (choices.length === 0) continue;
      const values = choices.join(" ");
      const here = words.map((word) => quoted(`${path.join(" ")} ${word}`));
      places.set(values, [...(places.get(values) ?? []), ...here]);
    }
  }
  return [...places].map(([values, found]) => [found.join("|"), values]);
}

/** A word for bash, zsh and fish alike. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
