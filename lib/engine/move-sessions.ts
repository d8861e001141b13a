import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { refusePooler } from "@/lib/postgres/refuse-pooler";
import { CodedError } from "@/lib/util/coded-error";
import type { SourceSnapshot } from "./copy/source-snapshot";
import { prepareTarget } from "./session-settings";
import { SessionWatch } from "./session-watch";

export interface MoveSessionsOptions {
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** Opens the holder of the source's snapshot. */
  hold: () => Promise<SourceSnapshot>;
  /** Told when one of the two is lost. */
  onLost: (error: CodedError) => void;
  signal: AbortSignal;
}

/**
 * The two sessions a move stands on from its beginning to its end: the holder of the source's snapshot, and one of the
 * target. The target's does the schema work, and it is the witness that the target did not crash meanwhile: rows are
 * committed without waiting for the disk, so after a crash those of finished tables may be missing.
 */
export class MoveSessions implements AsyncDisposable {
  readonly snapshot: SourceSnapshot;
  readonly target: pg.Client;
  readonly #options: MoveSessionsOptions;
  readonly #onSourceEnd: () => void;
  readonly #onTargetEnd: () => void;
  readonly #watches: readonly [source: SessionWatch, target: SessionWatch];

  private constructor(options: MoveSessionsOptions, snapshot: SourceSnapshot, target: pg.Client) {
    this.#options = options;
    this.snapshot = snapshot;
    this.target = target;
    this.#onSourceEnd = () => options.onLost(lost("The session that held the source's snapshot was lost."));
    this.#onTargetEnd = () => options.onLost(lost("The target closed a session or was restarted."));
    snapshot.client.once("end", this.#onSourceEnd);
    target.once("end", this.#onTargetEnd);
    this.#watches = [new SessionWatch(snapshot.client), new SessionWatch(target)];
  }

  /** Opens both. Throws CodedError; nothing stays open then. */
  static async open(options: MoveSessionsOptions): Promise<MoveSessions> {
    const { signal } = options;
    const target = await connect(options.target, { applicationName: "howdah schema", signal });
    try {
      await prepareTarget(target);
      await refusePooler(target, options.target, signal);
      return new MoveSessions(options, await options.hold(), target);
    } catch (error) {
      await endClient(target);
      throw error;
    }
  }

  /** Ends the source's session: nothing there waits for vacuum or locks any longer. */
  async releaseSource(): Promise<void> {
    this.#watches[0][Symbol.dispose]();
    this.snapshot.client.off("end", this.#onSourceEnd);
    await endClient(this.snapshot.client);
  }

  /** Ends both sessions on the servers, whatever they do. */
  async terminate(): Promise<void> {
    const { source, target } = this.#options;
    await Promise.all([
      endSession(source, processIdOf(this.snapshot.client)),
      endSession(target, processIdOf(this.target)),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.releaseSource();
    this.#watches[1][Symbol.dispose]();
    this.target.off("end", this.#onTargetEnd);
    await endClient(this.target);
  }
}

function lost(message: string): CodedError {
  return new CodedError("CONNECTION_LOST", message, { transient: true });
}
