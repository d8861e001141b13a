import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { giveToServer } from "@/lib/embedded/unprivileged";
import { splitStatements } from "@/lib/engine/schema/split-statements";
import { runSql, withSession } from "@/lib/engine/testing/with-session";
import { fixScript } from "@/lib/migrations/fix-script";
import type { ValidationDetails, ValidationMessage } from "@/lib/migrations/validation-details";
import { groupReport } from "@/lib/migrations/validation-groups";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { Endpoints } from "../check-servers";
import { runValidation } from "../run";

/** A locale of the C library that this machine has under another name only, hence no server but ours knows; null without one. */
export const OWN_LOCALE = existsSync("/usr/lib/locale/C.utf8") ? "xx_XX.utf8" : null;

/** What `alter system` is to change must not stand on the command line. */
const CHANGED = ["wal_level", "max_connections"];

export const PLAIN = { user: "mover", password: "mover" };

/** A source and a target to make trouble on; stopped and removed when disposed. */
export class TroublePair implements AsyncDisposable {
  #source: TestServer;
  /** As it was started. */
  readonly #first: TestServer;
  #target: TestServer;
  readonly #locales: string;

  private constructor(source: TestServer, target: TestServer, locales: string) {
    this.#source = source;
    this.#first = target;
    this.#target = target;
    this.#locales = locales;
  }

  static async start(from: EmbeddedMajor, to: EmbeddedMajor): Promise<TroublePair> {
    const locales = mkdtempSync(join(tmpdir(), "howdah-locales-"));
    giveToServer(locales);
    if (OWN_LOCALE) symlinkSync("/usr/lib/locale/C.utf8", join(locales, OWN_LOCALE));
    const [source, target] = await Promise.all([
      startTestServer(from, {
        without: CHANGED,
        settings: { shared_preload_libraries: "pg_prewarm" },
        environment: { LOCPATH: locales },
      }),
      startTestServer(to),
    ]);
    return new TroublePair(source, target, locales);
  }

  get source(): TestServer {
    return this.#source;
  }

  get target(): TestServer {
    return this.#target;
  }

  /** With these settings beside those it was started with, and without those of the last restart. */
  async restartTarget(settings: Record<string, string> = {}): Promise<void> {
    await this.#target.stop();
    this.#target = await this.#first.restart(settings);
  }

  async restartSource(): Promise<void> {
    this.#source = await this.#source.restart();
  }

  settings(side: "source" | "target", change: Partial<ConnectionSettings> = {}): ConnectionSettings {
    const { host, port, user, password } = side === "source" ? this.#source : this.target;
    return { host, port, user, password, database: "postgres", sslMode: "Prefer", ...change };
  }

  /** Runs statements as superuser, each by itself. */
  run(side: "source" | "target", database: string, ...statements: string[]): Promise<void> {
    return runSql(this.settings(side, { database }), ...statements);
  }

  /** The report of an online migration of `database`, by the superusers or, with `PLAIN`, by logins without rights. */
  validate(database: string, login: Partial<ConnectionSettings>, change: Partial<Endpoints> = {}) {
    return runValidation({
      source: this.settings("source", login),
      target: this.settings("target", login),
      databases: [database],
      mode: "Online",
      provider: "self-hosted",
      signal: new AbortController().signal,
      ...change,
    });
  }

  /** Runs "Copy all fixes" of a report as psql would as superuser. Returns the statements that were run. */
  async runFixes(details: ValidationDetails): Promise<string[]> {
    const done: string[] = [];
    for (const section of fixScript(groupReport(details))
      .split(/^(?=-- On the )/m)
      .slice(1)) {
      const side = section.startsWith("-- On the source") ? "source" : "target";
      const named = /^\\connect "((?:[^"]|"")*)"$/m.exec(section)?.[1];
      const database = named?.replaceAll('""', '"') ?? "postgres";
      await withSession(this.settings(side, { database }), async (client) => {
        for (const statement of splitStatements(section.replace(/^\\.*$/gm, ""))) {
          await client.query(statement);
          done.push(`${statement};`);
        }
      });
    }
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#source, this.target].map((server) => server[Symbol.asyncDispose]()));
    rmSync(this.#locales, { recursive: true, force: true });
  }
}

/** What a finding is compared by. */
export interface Found {
  state: "Failed" | "Warning" | "not checked";
  code?: unknown;
  objects: unknown;
  fix: unknown;
}

/** What was said by each rule, in the report's order. */
export function byRule(details: ValidationDetails): Map<string, ValidationMessage[]> {
  const items = [
    ...details.serverLevelValidationDetails,
    ...details.dbLevelValidationDetails.flatMap(({ summary }) => summary),
  ];
  return Map.groupBy(
    items.flatMap(({ messages }) => messages).filter(({ rule }) => rule !== undefined),
    ({ rule = "" }) => rule,
  );
}

/** Findings by rule, without the rules that passed; their statements as printed. */
export function findingsOf(details: ValidationDetails): Record<string, Found[]> {
  const found = [...byRule(details)].map(([rule, messages]): [string, Found[]] => [
    rule,
    messages.flatMap(({ state, code, objects = [], fix = [], notChecked }): Found[] => {
      if (state === "Succeeded") return [];
      if (notChecked) return [{ state: "not checked", objects, fix: [] }];
      return [{ state, code, objects, fix: fix.map(({ sql }) => sql) }];
    }),
  ]);
  return Object.fromEntries(found.filter(([, messages]) => messages.length > 0));
}
