import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = new URL("../../../", import.meta.url);

/**
 * Bundles a program of this folder as the product's are bundled: run from its sources it would take more memory, and its
 * built-in pg_dump would not be found beside it. Returns the file to run; it is within node_modules, so that packages are
 * found from there.
 */
export async function bundledProgram(name: string): Promise<string> {
  const folder = fileURLToPath(new URL("node_modules/.cache/howdah-test-programs", ROOT));
  const source = (path: string) => fileURLToPath(new URL(path, ROOT));
  const pgDump = source("lib/engine/schema/pg-dump-process.ts");
  await bundle({ [name]: source(`lib/engine/testing/${name}.ts`), "pg-dump-process": pgDump }, folder);
  return `${folder}/${name}.mjs`;
}

/** Bundles programs, by the names of the files without ending that they become in the folder. */
export async function bundle(entryPoints: Readonly<Record<string, string>>, folder: string): Promise<void> {
  await build({
    entryPoints,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    logLevel: "warning",
  });
}
