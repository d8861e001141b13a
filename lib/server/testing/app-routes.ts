import { existsSync, globSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { RouteHandler } from "../serve";

const APP = fileURLToPath(new URL("../../../app", import.meta.url));

/** A file of the app folder that answers requests, and the path it answers to, "/api/migrations/[id]". */
export interface AppFile {
  file: string;
  path: string;
}

/** All route handlers of the app. */
export function routeFiles(): AppFile[] {
  return filesNamed("route.ts");
}

/** All pages of the app. */
export function pageFiles(): AppFile[] {
  return filesNamed("page.tsx");
}

function filesNamed(name: string): AppFile[] {
  if (!existsSync(APP)) throw new Error("the app folder was not found");
  return globSync(`**/${name}`, { cwd: APP })
    .map((found) => join(APP, found))
    .map((file) => ({ file, path: pathOf(relative(APP, file)) }))
    .sort((a, b) => rank(a.path) - rank(b.path));
}

/** Groups in parentheses are no part of the address. */
function pathOf(file: string): string {
  const segments = file.split("/").slice(0, -1);
  return `/${segments.filter((segment) => !/^\(.*\)$/.test(segment)).join("/")}`;
}

/** Next prefers fixed segments to named ones, and those to the rest of a path. */
function rank(path: string): number {
  return (path.match(/\[/g)?.length ?? 0) + (path.includes("...") ? 100 : 0);
}

/** The handler module of a route file. */
export async function loadRoute({ file }: AppFile): Promise<Partial<Record<string, RouteHandler>>> {
  return (await import(file)) as Partial<Record<string, RouteHandler>>;
}

/** The named parts of `pathname` when `path` matches it, else null. */
export function matchPath(path: string, pathname: string): Record<string, string | string[]> | null {
  const pattern = path
    .replace(/\/\[\[\.\.\.(\w+)\]\]/g, "(?:/(?<$1>.*))?")
    .replace(/\[\.\.\.(\w+)\]/g, "(?<$1>.+)")
    .replace(/\[(\w+)\]/g, "(?<$1>[^/]+)");
  const match = new RegExp(`^${pattern}$`).exec(pathname);
  if (!match) return null;
  return Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined));
}
