import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { program } from "@/lib/cli/execute";
import { completionScript, type Shell } from "./completion-script";

const commands = program({ output: { out: () => undefined, say: () => undefined }, exit: () => undefined });
const run = promisify(execFile);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "howdah-completion-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lines typed, and all that each of them may go on with. */
const OFFERS: readonly [typed: string, offered: string[]][] = [
  ["howdah mig", ["migrate", "migration"]],
  ["howdah deployment ", ["cancel", "create", "delete", "list", "operations", "show", "validate"]],
  ["howdah deployment v", ["validate"]],
  ["howdah --version deployment cr", ["create"]],
  ["howdah migration create --migration-m", ["--migration-mode"]],
  ["howdah migration create shop --migration-mode O", ["Offline", "Online"]],
  ["howdah server list --output j", ["json", "jsonc"]],
  ["howdah migration list -o y", ["yaml"]],
  ["howdah migrate --mode O", ["Offline", "Online"]],
  ["howdah deployment create --mode I", ["Incremental"]],
  ["howdah migrate --option M", ["Migrate"]],
  ["howdah validate --source-type AWS_R", ["AWS_RDS"]],
  ["howdah migration log --format j", ["jsonl"]],
  ["howdah validate --format j", ["json"]],
  ["howdah completion z", ["zsh"]],
  ["howdah token create --role v", ["viewer"]],
  ["howdah start --tls-c", ["--tls-cert"]],
  ["howdah deployment create --template-file lo", ["local.json"]],
];

function isInstalled(shell: Shell): boolean {
  try {
    execFileSync(shell, ["-c", "exit 0"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function written(shell: Shell): string {
  writeFileSync(join(folder, "local.json"), "{}");
  const file = join(folder, `howdah.${shell}`);
  writeFileSync(file, completionScript(commands, shell));
  return file;
}

/** What a shell prints for a script; nothing may be said on standard error. */
async function printed(shell: Shell, args: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await run(shell, args, { cwd: folder, timeout: 30_000 });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

test.each(OFFERS)("bash goes on after %j", async (typed, offered) => {
  const file = written("bash");
  const words = typed.split(" ");
  const script = `source ${file}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
    $(complete -p howdah | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}" | sort`;
  expect(await printed("bash", ["--noprofile", "--norc", "-c", script])).toEqual(offered);
});

test("bash completes a value behind an equals sign, which is a word by itself there", async () => {
  const file = written("bash");
  const script = `source ${file}
    COMP_WORDS=(howdah migrate --mode = On); COMP_CWORD=4; _howdah; printf '%s\\n' "\${COMPREPLY[@]}"
    COMP_WORDS=(howdah migrate --option =); COMP_CWORD=3; _howdah; printf '%s\\n' "\${COMPREPLY[@]}"`;
  expect(await printed("bash", ["--noprofile", "--norc", "-c", script])).toEqual([
    "Online",
    "Validate",
    "Migrate",
    "ValidateAndMigrate",
  ]);
});

test.runIf(isInstalled("fish")).each(OFFERS)("fish goes on after %j", async (typed, offered) => {
  const file = written("fish");
  const lines = await printed("fish", [...["--no-config", "-c"], `source ${file}; complete -C '${typed}'`]);
  expect(lines.map((line) => line.split("\t")[0]).sort()).toEqual(offered);
});

describe.runIf(isInstalled("zsh"))("zsh", () => {
  /** Types at a terminal of its own, presses Tab, and prints what the command was called with. */
  const TYPING = `
    zmodload zsh/zpty
    zpty -b shell zsh -f -i
    zpty -w shell "cd $1; source $2; howdah() { print -r -- \\"GOT[\\$*]\\" }; print READ''Y"
    said=""; while [[ $said != *READY* ]]; do zpty -r shell line && said+=$line; done
    for typed in "\${@:3}"; do
      zpty -w -n shell "$typed"$'\\t'$'\\n'
      said=""; while [[ $said != *'GOT['*']'* ]]; do zpty -r shell line && said+=$line; done
      print -r -- "\${\${said##*GOT\\[}%%\\]*}"
    done`;

  test("a key press completes what has one way on", async () => {
    const file = written("zsh");
    const alone = OFFERS.filter(([, offered]) => offered.length === 1);
    const typing = join(folder, "typing.zsh");
    writeFileSync(typing, TYPING);
    const lines = await printed("zsh", ["-f", typing, folder, file, ...alone.map(([typed]) => typed)]);
    expect(lines.map((line) => line.trimEnd())).toEqual(
      alone.map(([typed, [word = ""]]) => [...typed.split(" ").slice(1, -1), word].join(" ")),
    );
  }, 40_000);

  test("a file of the folders for functions completes at the first key press, too", async () => {
    writeFileSync(join(folder, "_howdah"), completionScript(commands, "zsh"));
    const start = join(folder, "start.zsh");
    writeFileSync(start, `fpath=(${folder} $fpath); autoload -Uz compinit; compinit -u -D`);
    const typing = join(folder, "typing.zsh");
    writeFileSync(typing, TYPING);
    const [line] = await printed("zsh", ["-f", typing, folder, start, "howdah deployment v"]);
    expect(line?.trimEnd()).toBe("deployment validate");
  }, 40_000);
});
