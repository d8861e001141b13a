/**
 * Has WebAssembly compiled by V8's simple compiler only. The optimising one takes up to 500 MB, for a moment, for the few huge
 * functions of PostgreSQL's grammar and of pg_dump, and both are done before that would pay off
 * (https://v8.dev/docs/wasm-compilation-pipeline). To be imported before what loads WebAssembly.
 */
import { setFlagsFromString } from "node:v8";

// What the first implies at the start of a process has to be said later on.
for (const flag of ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"])
  setFlagsFromString(flag);
