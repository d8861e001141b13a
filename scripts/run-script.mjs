/** Sets the clone up and runs one of its TypeScript programs: node scripts/run-script.mjs <file.ts> [options]. */
import { runProgram } from "./setup/run-program.mjs";
import { setup } from "./setup.mjs";

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error("usage: node scripts/run-script.mjs <file.ts> [options]");
  process.exitCode = 2;
} else {
  try {
    await setup();
    process.exitCode = await runProgram("node_modules/tsx/dist/cli.mjs", [file, ...args]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
