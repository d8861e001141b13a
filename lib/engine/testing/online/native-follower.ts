import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { qualified } from "@/lib/postgres/sql";
import { queryRows, runSql, withSession } from "../with-session";
import type { CutoverOutcome, Follower } from "./follower";
import type { NativeSubscription } from "./native-subscription";

/** PostgreSQL's own logical replication as what is tried in a round: rounds themselves are tried on it. */
export class NativeFollower implements Follower {
  readonly #source: ConnectionSettings;
  readonly #subscription: NativeSubscription;

  constructor(source: ConnectionSettings, subscription: NativeSubscription) {
    this.#source = source;
    this.#subscription = subscription;
  }

  hasBegun(): boolean {
    return true;
  }

  mayLook(): boolean {
    return true;
  }

  exempt(): ReadonlySet<string> {
    return new Set();
  }

  complaints(): string[] {
    return [];
  }

  async interrupt(): Promise<string> {
    const rows = await queryRows(
      this.#subscription.target,
      "select pg_terminate_backend(pid) from pg_stat_activity where backend_type like 'logical replication%worker'",
    );
    return `${rows.length} apply workers ended`;
  }

  /** What is not replicated is brought over when nothing is written any more. */
  async cutOver(): Promise<CutoverOutcome> {
    const begun = performance.now();
    for (;;) {
      try {
        await this.#subscription.caughtUp();
        // It takes the slot along, over a network that may be cut just then.
        await this.#subscription[Symbol.asyncDispose]();
        break;
      } catch {
        // A server is away.
        await sleep(100);
      }
    }
    const { target } = this.#subscription;
    for (const name of ["quiet", "scratch"]) {
      const rows = await queryRows(this.#source, `select id, v from s.${name}`);
      await runSql(target, `truncate s.${name}`, `alter table s.${name} disable trigger user`);
      await withSession(target, async (client) => {
        for (const { id, v } of rows) await client.query(`insert into s.${name} values ($1, $2)`, [id, v]);
      });
    }
    await this.#copySequences(target);
    return { ms: Math.round(performance.now() - begun), unfollowed: [] };
  }

  async #copySequences(target: ConnectionSettings): Promise<void> {
    const names = await queryRows<{ name: string }>(
      this.#source,
      "select relname as name from pg_class where relkind = 'S' and relnamespace = 's'::regnamespace",
    );
    for (const { name } of names) {
      const sequence = qualified("s", name);
      const [state] = await queryRows(this.#source, `select last_value, is_called from ${sequence}`);
      const sql = "select setval($1::regclass, $2, $3)";
      await queryRows(target, sql, [sequence, state?.["last_value"], state?.["is_called"]]);
    }
  }
}
