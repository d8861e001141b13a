import { decodeDump } from "@/lib/engine/schema/decode-dump";
import { wasmDump } from "@/lib/engine/schema/wasm-dump";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/**
 * The objects of pg_dump's output, each as its own text. Cut at pg_dump's headers and not by the engine's parser, so that
 * a statement the parser lost would be missed here. A header inside a function's body only makes one object into two,
 * on both sides alike.
 */
export async function readSchemaObjects(settings: ConnectionSettings): Promise<string[]> {
  const signal = AbortSignal.timeout(60_000);
  // One program for both sides: what differs then comes from the databases.
  const whole = async (pieces: AsyncIterable<Uint8Array>) =>
    (await Array.fromAsync(decodeDump(pieces))).join("");
  return objectsIn(await wasmDump(settings, { snapshot: null, excludedTables: [] }, whole, signal));
}

function objectsIn(text: string): string[] {
  const [, ...objects] = text.split(/\n--\n(?=-- Name: )/);
  return objects.map(normalise);
}

function normalise(object: string): string {
  const text = object
    .replace(/\n--\n-- PostgreSQL database dump complete[\s\S]*$/, "")
    .split("\n")
    .filter((line) => !/^SET default_(tablespace|table_access_method) = /.test(line))
    // The newest minors note when a table was last rewritten, which the bundled pg_dump prints.
    .filter((line) => !/ SET \(pg_attver=\d+\);$/.test(line))
    .join("\n")
    .replace(/\n{2,}/g, "\n")
    .trim();
  // In which order privileges were given is of no consequence.
  return /^-- Name: .*; Type: (?:DEFAULT )?ACL;/.test(text) ? text.split("\n").sort().join("\n") : text;
}
