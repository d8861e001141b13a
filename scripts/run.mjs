/**
 * Sets the clone up and runs the command line: node scripts/run.mjs <command> [options]. `demo` is its own program.
 * Options may hold a connection URI with a password, so they go to the program through its environment, which other
 * users cannot read, and this process hides its own.
 */
import { pathToFileURL } from "node:url";

/** Runs `howdah <args>`; resolves to its exit code. */
export async function runHowdah(args) {
  process.title = "howdah";
  const { setup } = await import("./setup.mjs");
  const { runProgram } = await import("./setup/run-program.mjs");
  try {
    await setup();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
  const [command, ...rest] = args;
  return command === "demo"
    ? await runProgram("dist/demo.mjs", rest)
    : await runProgram("dist/howdah.mjs", [], { HOWDAH_ARGUMENTS: JSON.stringify(args) });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await runHowdah(process.argv.slice(2));
}
