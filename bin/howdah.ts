// First of all, for the sake of what argv may hold.
import "@/lib/cli/process-arguments";

import { execute } from "@/lib/cli/execute";
import { TERMINAL } from "@/lib/cli/output";
import { PROCESS_ARGUMENTS } from "@/lib/cli/process-arguments";

// `howdah ... | head` closes the pipe early; that is the reader's right and no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
// Everything a command opened is closed by now; what a library left open must not keep the terminal.
process.exit(await execute(PROCESS_ARGUMENTS, TERMINAL));
