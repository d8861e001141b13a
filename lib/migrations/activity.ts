/** The closed set of kinds of a migration's activity log; what a kind says is in the event's message. */
export const EVENT_KINDS = [
  "created",
  "state-changed",
  "worker-took-over",
  "worker-released",
  "validation-ended",
  "waiting",
  "wish-received",
  "database-started",
  "database-created",
  "database-dropped",
  "database-succeeded",
  "database-failed",
  "phase-started",
  "phase-ended",
  "step-completed",
  "table-completed",
  "table-kept",
  "table-retried",
  "table-failed",
  "index-completed",
  "object-failed",
  "note",
  "cancel-requested",
  "paused",
  "resumed",
  "retry-requested",
  "remains-on-target",
  "verification-requested",
  "verification-started",
  "verification-ended",
  "ended",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** "debug": single tables and indexes, in the downloaded log but not among the activity shown. */
export type EventLevel = "debug" | "info" | "warning" | "error";
