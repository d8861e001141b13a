import type { DatabaseProgress, MigrationDetails, MigrationSummary } from "@/lib/migrations/read-model";

/** A database that was not begun, for tests; `over` says what matters to them. */
export function databaseProgressFixture(over: Partial<DatabaseProgress> = {}): DatabaseProgress {
  const name = over.name ?? "shop";
  return {
    name,
    targetName: name,
    filtered: false,
    state: null,
    phase: "queued",
    createdOnTarget: false,
    sizeBytes: null,
    bytesEstimated: 0,
    bytesCopied: 0,
    finishedBytesEstimated: 0,
    finishedBytesCopied: 0,
    rowsCopied: 0,
    tablesQueued: 0,
    tablesLoading: 0,
    tablesCompleted: 0,
    tablesErrored: 0,
    indexesTotal: 0,
    indexesDone: 0,
    message: null,
    startedAt: null,
    endedAt: null,
    ...over,
  };
}

/** A migration that copies one database, for tests. */
export function migrationSummaryFixture(over: Partial<MigrationSummary> = {}): MigrationSummary {
  return {
    id: "1",
    resourceId: "/x",
    name: "shop-01",
    state: "InProgress",
    substate: "MigratingData",
    lastActiveSubstate: "MigratingData",
    mode: "Offline",
    option: "ValidateAndMigrate",
    sourceHost: "a",
    sourcePort: 5432,
    sourceType: "OnPremises",
    targetName: "b",
    targetHost: "b",
    targetPort: 5432,
    databases: ["shop"],
    bytesEstimated: 0,
    bytesCopied: 0,
    tablesTotal: 0,
    tablesCompleted: 0,
    tablesErrored: 0,
    error: null,
    errorCode: null,
    cancelRequestedAt: null,
    pauseRequestedAt: null,
    pausedAt: null,
    lagMs: null,
    cutoverRequestedAt: null,
    attempt: 1,
    createdAt: "2026-11-21T14:00:00Z",
    startedAt: "2026-11-21T14:00:01Z",
    endedAt: null,
    version: 1,
    ...over,
  };
}

/** As migrationSummaryFixture(), with what only the details page shows. */
export function migrationDetailsFixture(over: Partial<MigrationDetails> = {}): MigrationDetails {
  return {
    ...migrationSummaryFixture(),
    sourceUser: "u",
    targetUser: "v",
    sslMode: "Require",
    overwriteDbsInTarget: false,
    conflictingDatabases: [],
    createdBy: "admin",
    phases: [],
    validation: null,
    databaseProgress: [],
    problems: [],
    problemsTotal: 0,
    throttle: { megabytesPerSecond: null, connections: null },
    verifyAtEnd: false,
    verifications: [],
    samples: [],
    online: null,
    ...over,
  };
}
