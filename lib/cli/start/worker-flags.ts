/**
 * Flags of Node for a process that moves databases. The engine keeps few small objects alive, so what V8 sets aside for young
 * ones by default (up to three times 16 MB or more) would only stay filled with garbage.
 * https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib
 */
export const WORKER_FLAGS: readonly string[] = ["--max-semi-space-size=2"];
