/**
 * Why a worker stops in the middle of a migration:
 * canceled, paused = a user asked; database-canceled = a user asked it of one database only; superseded = another worker owns it now; store-lost = ownership can no longer be proven;
 * released = this worker shuts down or its stint is over.
 */
export type AbortReason =
  | "canceled"
  | "database-canceled"
  | "paused"
  | "superseded"
  | "store-lost"
  | "released";

/** Reason of a run's aborted signal. */
export class RunAborted extends Error {
  readonly reason: AbortReason;

  constructor(reason: AbortReason) {
    super(`The run was aborted: ${reason}.`);
    this.name = "RunAborted";
    this.reason = reason;
  }
}

/** The reason of an aborted signal; null when it is not aborted or was aborted by something else. */
export function abortReason(signal: AbortSignal): AbortReason | null {
  return signal.aborted && signal.reason instanceof RunAborted ? signal.reason.reason : null;
}
