import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { ident } from "@/lib/postgres/sql";
import { type Found, PLAIN } from "./trouble-pair";

/** A name that breaks statements put together by hand. */
export const DATABASE = `we"ird 'n; DB`;
/** The login without rights, as statements name it. */
export const MOVER = ident(PLAIN.user);

export interface Pair {
  from: EmbeddedMajor;
  to: EmbeddedMajor;
}

/** State of two servers on which one rule, or several, have something to say, and what they are to say. */
export interface Trouble {
  rule: string;
  /** Statements that make it: in the database, in postgres of the source, in postgres of the target. */
  inDatabase?: string[];
  onSource?: string[];
  onTarget?: string[];
  /** Server settings of the source; some take the restart that follows. */
  settings?: Record<string, string>;
  /** Pairs of majors that can have it; all when absent. */
  when?(pair: Pair): boolean;
  /** What superusers are told; absent: nothing. */
  found?: Found;
  /** What logins without rights are told, where it is something else; null: nothing. */
  plain?: Found[] | null;
}

export const warning = (code: string, objects: unknown[], fix: unknown[] = []): Found => ({
  state: "Warning",
  code,
  objects,
  fix,
});
export const failed = (code: string, objects: unknown[], fix: unknown[] = []): Found => ({
  ...warning(code, objects, fix),
  state: "Failed",
});
export const unchecked: Found = { state: "not checked", objects: [], fix: [] };
