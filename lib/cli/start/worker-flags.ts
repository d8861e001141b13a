/**
 * Flags of Node for a process that moves databases. The engine keeps few small objects alive, so what V8 sets aside for young
 * ones by default (up to three times 16 MB or more) would only stay filled with garbage. And the first WebAssembly, the store's
 * query compiler, is loaded before the engine could say that the optimising compiler costs more memory than it gains time: 50 MB
 * here. The heap may grow by 15 % until it is looked through again, where by itself it would by half or to
 * twice its size. https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib, https://v8.dev/docs/wasm-compilation-pipeline
 */
export const WORKER_FLAGS: readonly string[] = [
  "--max-semi-space-size=2",
  "--liftoff-only",
  "--heap-growing-percent=15",
];
