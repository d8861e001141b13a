import { spawn } from "node:child_process";
import { pathWithPackages } from "./node-binary.mjs";
import { ROOT } from "./root.mjs";

/** Runs a command at the root; its output is shown only when it fails. Throws an Error that holds the output. */
export function runQuietly(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: pathWithPackages(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.once("error", (cause) =>
      reject(new Error(`${command} does not start: ${cause.message}`, { cause })),
    );
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${output}\n${command} ${args.join(" ")} ended with ${code ?? signal}.`));
    });
  });
}
