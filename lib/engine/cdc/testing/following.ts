import { setTimeout as sleep } from "node:timers/promises";
import type { TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { CodedError } from "@/lib/util/coded-error";
import type { MoveDatabaseResult } from "../../move-database";
import { createTargetDatabase } from "../../target-database";
import { compareDatabases } from "../../testing/compare-databases";
import { readContents } from "../../testing/database-contents";
import { moveAndReport } from "../../testing/move-and-report";
import { settingsOf } from "../../testing/settings-of";
import { queryRows, runSql } from "../../testing/with-session";
import type { OutputPlugin } from "../change-stream";
import { followDatabase } from "../follow-database";
import type {
  FollowDatabaseOptions,
  FollowEvent,
  FollowResult,
  FollowStart,
  FollowWish,
} from "../follow-options";
import { captureName } from "../slots";

/** A database on the source, and an empty one of the same name on the target. */
export interface OnlinePair {
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** Of slot, publication and origin. */
  name: string;
}

export async function makeOnlinePair(
  sourceServer: TestServer,
  targetServer: TestServer,
  database: string,
  setup: readonly string[],
): Promise<OnlinePair> {
  const source = settingsOf(sourceServer, database);
  const target = settingsOf(targetServer, database);
  await runSql(settingsOf(sourceServer), `create database ${database}`);
  await runSql(source, ...setup);
  const { signal } = new AbortController();
  await createTargetDatabase({ source, target: settingsOf(targetServer), name: database, signal });
  return { source, target, name: captureName("test", database) };
}

/** Moves the rows; throws what the move threw or could not move. */
export async function moveOnline(pair: OnlinePair, plugin: OutputPlugin): Promise<FollowStart> {
  const { source, target, name } = pair;
  const { error, failures, result } = await moveAndReport({ source, target, capture: { name, plugin } });
  if (error) throw error;
  const errors = failures.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return startOf(result);
}

export function startOf(result: MoveDatabaseResult | null): FollowStart {
  if (!result?.follow) throw new Error("the move left nothing to follow");
  return result.follow;
}

/** A following that goes on in the background. */
export interface Following {
  readonly events: readonly FollowEvent[];
  wish: FollowWish;
  /** Resolves when an event of that type has come `count` times altogether. */
  event<T extends FollowEvent["type"]>(type: T, count?: number): Promise<Extract<FollowEvent, { type: T }>>;
  /** Resolves or rejects as followDatabase() does. */
  readonly result: Promise<FollowResult>;
  /** Wishes a cutover and waits for it. */
  cutOver(): Promise<FollowResult>;
  abort(reason: Error): void;
  /** How often it was called again after a transient error. */
  readonly restarts: number;
}

type Settings = Partial<Omit<FollowDatabaseOptions, "start" | "report" | "wish">> & { goesOn?: boolean };

const AGAIN_MS = 200;

/** Follows as an owner does; with `goesOn` (default) it is called again after errors that may pass. */
export function follow(pair: OnlinePair, start: FollowStart, settings: Settings = {}): Following {
  const { goesOn = true, signal: given, ...options } = settings;
  const events: FollowEvent[] = [];
  const listeners = new Set<() => void>();
  const abort = new AbortController();
  const signal = given ? AbortSignal.any([given, abort.signal]) : abort.signal;
  const following: Following & { restarts: number } = {
    events,
    restarts: 0,
    wish: { kind: "follow" },
    result: Promise.resolve(undefined as never),
    event: (type, count = 1) => waitFor(type, count),
    async cutOver() {
      following.wish = { kind: "cutover" };
      return await following.result;
    },
    abort: (reason) => abort.abort(reason),
  };
  async function waitFor<T extends FollowEvent["type"]>(type: T, count: number) {
    for (;;) {
      const found = events.filter((event): event is Extract<FollowEvent, { type: T }> => event.type === type);
      const last = found[count - 1];
      if (last) return last;
      const more = new Promise<void>((resolve) => listeners.add(resolve));
      await Promise.race([more, following.result]);
    }
  }
  const run = async (): Promise<FollowResult> => {
    for (;;) {
      try {
        return await followDatabase({
          ...{ source: pair.source, target: pair.target, start, signal, ...options },
          onDivergence: options.onDivergence ?? "stop",
          walLimitBytes: options.walLimitBytes ?? null,
          wish: () => following.wish,
          report: (event) => {
            events.push(event);
            for (const listener of listeners) listener();
            listeners.clear();
          },
        });
      } catch (error) {
        if (!goesOn || signal.aborted || !(error instanceof CodedError) || !error.transient) throw error;
        following.restarts++;
        await sleep(AGAIN_MS);
      }
    }
  };
  const result = run();
  result.catch(() => undefined);
  return Object.assign(following, { result });
}

/** What a migration has left on the two servers, as lines. */
export async function leftovers({ source, target, name }: OnlinePair): Promise<string[]> {
  const there = await queryRows<{ line: string }>(
    source,
    `select 'slot ' || slot_name as line from pg_replication_slots where slot_name like $1 || '%'
     union all select 'publication ' || pubname from pg_publication where pubname like 'howdah%'`,
    [name],
  );
  const here = await queryRows<{ line: string }>(
    target,
    `select 'origin ' || roname as line from pg_replication_origin where roname = $1
     union all select 'schema ' || nspname from pg_namespace where nspname = 'howdah'
     union all select 'session ' || application_name from pg_stat_activity
                where datname = current_database() and application_name like 'howdah%'`,
    [name],
  );
  return [...there, ...here].map(({ line }) => line);
}

/** Differences of contents between the two ends, as lines. */
export async function differences({ source, target }: OnlinePair): Promise<string[]> {
  return await compareDatabases(source, target);
}

/** The same without a look at the DDL, which takes long. */
export async function rowDifferences({ source, target }: OnlinePair): Promise<string[]> {
  const [there, here] = await Promise.all([readContents(source), readContents(target)]);
  const names = [...new Set([...there.keys(), ...here.keys()])].sort();
  return names.filter((name) => there.get(name) !== here.get(name));
}
