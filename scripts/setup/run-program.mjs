import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { nodeBinary, pathWithPackages } from "./node-binary.mjs";
import { ROOT } from "./root.mjs";

/**
 * Runs a program of this clone in the caller's working directory with the terminal, and resolves to its exit code.
 * A terminal sends its signals to both; here they are passed on for senders that know only this process, and waited out.
 */
export function runProgram(program, args, env = {}) {
  // As lib/cli/start/worker-flags.ts has it: some commands move databases themselves.
  const child = spawn(
    nodeBinary(),
    [
      "--max-semi-space-size=2",
      "--liftoff-only",
      "--heap-growing-percent=15",
      "--enable-source-maps",
      join(ROOT, program),
      ...args,
    ],
    {
      stdio: "inherit",
      env: { ...process.env, PATH: pathWithPackages(), ...env },
    },
  );
  const pass = (signal) => {
    // On a terminal Ctrl-C has reached the child already, and a second one would force it.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(name, pass);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
