#!/usr/bin/env node
// Arguments may hold a password; the title takes their place in the list of processes.
process.title = "howdah";
const { runHowdah } = await import("../scripts/run.mjs");
process.exitCode = await runHowdah(process.argv.slice(2));
