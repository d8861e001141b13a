import type {
  CutoverResult,
  DatabaseProgress,
  FollowedDatabase,
  MigrationDetails,
  MigrationSummary,
  OnlineDetails,
  TableProgress,
} from "@/lib/migrations/read-model";

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
    bytesPlanned: over.bytesEstimated ?? 0,
    arrivedBytesEstimated: 0,
    arrivedBytesCopied: 0,
    rowsEstimated: 0,
    arrivedRowsEstimated: 0,
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
    runBy: "howdah",
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
    azureTargetId: null,
    verifications: [],
    samples: [],
    online: null,
    ...over,
  };
}

/** A database that follows its source and has caught up, for tests. */
export function followedDatabaseFixture(over: Partial<FollowedDatabase> = {}): FollowedDatabase {
  return {
    name: "shop",
    at: "2026-11-21T14:31:19Z",
    caughtUpAt: "2026-11-21T14:20:00Z",
    lagMs: 0,
    lagBytes: 0,
    incomingChanges: 0,
    appliedChanges: 0,
    inserts: 0,
    updates: 0,
    deletes: 0,
    truncates: 0,
    transactions: 0,
    divergences: 0,
    slot: {
      name: "howdah_1",
      isActive: true,
      walStatus: "reserved",
      retainedBytes: 312e6,
      safeWalBytes: null,
    },
    plugin: "test_decoding",
    stopped: [],
    cutoverRequestedAt: null,
    rehearsalRequestedAt: null,
    rehearsal: null,
    cutover: null,
    ...over,
  };
}

/** What an online migration shows besides, for tests. */
export function onlineDetailsFixture(over: Partial<OnlineDetails> = {}): OnlineDetails {
  return {
    plugin: "test_decoding",
    onDivergence: "stop",
    walLimitBytes: null,
    databases: [followedDatabaseFixture()],
    samples: [],
    ...over,
  };
}

/** An online migration whose database has caught up and waits for its cutover, for tests. */
export function onlineMigrationFixture(over: Partial<MigrationDetails> = {}): MigrationDetails {
  return migrationDetailsFixture({
    mode: "Online",
    state: "WaitingForUserAction",
    substate: "WaitingForCutoverTrigger",
    lastActiveSubstate: "WaitingForCutoverTrigger",
    bytesEstimated: 10e9,
    bytesCopied: 10e9,
    tablesTotal: 214,
    tablesCompleted: 214,
    lagMs: 0,
    databaseProgress: [
      databaseProgressFixture({
        state: "WaitingForCutoverTrigger",
        phase: "catch-up",
        createdOnTarget: true,
        bytesEstimated: 10e9,
        bytesCopied: 10e9,
        tablesCompleted: 214,
      }),
    ],
    online: onlineDetailsFixture(),
    ...over,
  });
}

/** A cutover that took 2.4 s, for tests. */
export function cutoverResultFixture(over: Partial<CutoverResult> = {}): CutoverResult {
  return {
    startedAt: "2026-11-21T14:30:00Z",
    lsn: "3C/9A41F2D8",
    ms: 2_400,
    steps: [
      { step: "apply", ms: 800 },
      { step: "sequences", ms: 1_200 },
      { step: "clean-up", ms: 400 },
    ],
    unfollowed: [],
    ...over,
  };
}

/** A table that was copied, for tests. */
export function tableProgressFixture(over: Partial<TableProgress> = {}): TableProgress {
  return {
    database: "shop",
    schema: "public",
    name: "orders",
    state: "completed",
    format: "binary",
    bytesEstimated: 1000,
    rowsEstimated: 10,
    bytesCopied: 1000,
    rowsCopied: 10,
    attempts: 1,
    startedAt: "2026-11-21T14:01:00Z",
    endedAt: "2026-11-21T14:02:00Z",
    error: null,
    changes: null,
    unfollowed: null,
    ...over,
  };
}
