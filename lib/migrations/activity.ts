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
  "table-retried",
  "table-failed",
  "object-failed",
  "note",
  "cancel-requested",
  "remains-on-target",
  "ended",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export type EventLevel = "info" | "warning" | "error";
