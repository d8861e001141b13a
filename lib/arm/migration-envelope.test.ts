import { expect, it } from "vitest";
import { type DatabaseRecord, type MigrationRecord, migrationEnvelope } from "./migration-envelope";
import { migrationResource, serverResource } from "./resource-schemas";
import { type ServerRecord, serverEnvelope } from "./server-envelope";

const at = new Date("2026-11-21T10:00:00Z");

const server: ServerRecord = {
  subscriptionId: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "local",
  name: "crm-target",
  location: "local",
  tags: {},
  host: "db.example.com",
  port: 5432,
  sslMode: "VerifyFull",
  caCertificate: null,
  administratorLogin: "admin",
  version: "17.10",
  storageBytes: 3_000_000_000n,
  checkedAt: at,
  createdAt: at,
  updatedAt: at,
};

const database: DatabaseRecord = {
  name: "crm",
  state: null,
  bytesEstimated: 10n,
  bytesCopied: 4n,
  rowsCopied: 2n,
  tablesQueued: 1,
  tablesLoading: 2,
  tablesCompleted: 3,
  tablesErrored: 4,
  message: null,
  startedAt: null,
  endedAt: null,
  followFigures: null,
  cutoverRequestedAt: null,
  cancelRequestedAt: null,
};

const migration: MigrationRecord = {
  id: "0199aaaa-0000-7000-8000-000000000000",
  name: "go",
  location: "local",
  tags: { team: "crm" },
  mode: "Offline",
  option: "Migrate",
  sourceType: "AWS_RDS",
  sslMode: "Require",
  properties: { sourceDbServerResourceId: "h:5432@u", dbsToMigrate: ["crm", "billing"] },
  options: {},
  state: "InProgress",
  substate: "MigratingData",
  error: null,
  errorCode: null,
  validation: null,
  cancelRequestedAt: null,
  cutoverRequestedAt: null,
  pauseRequestedAt: null,
  pausedAt: null,
  throttleBytesPerSecond: null,
  throttleConnections: null,
  attempt: 1,
  createdBy: "ada",
  createdAt: at,
  endedAt: null,
  sourceMetadata: null,
  targetMetadata: null,
  server,
  databases: [
    { ...database, state: "InProgress", startedAt: at },
    { ...database, name: "billing" },
  ],
};

it("counts tables of the databases that have begun, and sums the bytes of all", () => {
  const { properties } = migrationEnvelope(migration);
  expect(properties.currentStatus.currentSubStateDetails.dbDetails).toEqual({
    crm: expect.objectContaining({
      migrationState: "InProgress",
      fullLoadQueuedTables: 1,
      fullLoadLoadingTables: 2,
      fullLoadCompletedTables: 3,
      fullLoadErroredTables: 4,
      startedOn: "2026-11-21T10:00:00.000Z",
    }),
  });
  expect(properties.howdah).toMatchObject({ bytesEstimated: 20, bytesCopied: 8, rowsCopied: 4 });
});

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

it("a field that is not named does not go out", () => {
  const stained = migrationEnvelope({
    ...migration,
    properties: {
      ...(migration.properties as object),
      secretParameters: { password: "hidden" },
      extra: "hidden",
    },
    options: {
      jobs: 2,
      sourceCaCertificate: "-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----\n",
      targetCaCertificate: `${PEM}-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----\n`,
    },
  });
  expect(stained.properties.howdah.targetCaCertificate).toBe(PEM.trimEnd());
  expect(JSON.stringify(stained)).not.toContain("hidden");
  const direct = { ...stained, properties: { ...stained.properties, secretParameters: "hidden" } };
  expect(JSON.stringify(migrationResource.parse(direct))).not.toContain("hidden");
});

it("validation details that are not of the known form are left out", () => {
  const odd = migrationEnvelope({ ...migration, validation: { status: "Odd" } });
  expect(odd.properties.currentStatus.currentSubStateDetails.validationDetails).toBeUndefined();
});

it("an online migration shows its cutover once it was asked for", () => {
  const online = { ...migration, mode: "Online" };
  expect(migrationEnvelope(online).properties.triggerCutover).toBe("False");
  expect(migrationEnvelope({ ...online, cutoverRequestedAt: at }).properties.triggerCutover).toBe("True");
});

it("Howdah's own options, limits and pause are shown", () => {
  const databases = [{ name: "crm", targetName: "crm_new", exclude: { tables: ["audit.*"] } }];
  const { howdah } = migrationResource.parse(
    migrationEnvelope({
      ...migration,
      options: { jobs: 3, copyFormat: "text", vacuum: true, databases, sourceCaCertificate: PEM },
      throttleBytesPerSecond: 2_500_000n,
      pauseRequestedAt: at,
      pausedAt: at,
      attempt: 2,
    }),
  ).properties;
  expect(howdah).toEqual({
    jobs: 3,
    copyFormat: "text",
    vacuum: true,
    databases,
    sourceCaCertificate: PEM,
    throttle: { megabytesPerSecond: 2.5, connections: null },
    paused: true,
    pausedAt: at.toISOString(),
    attempt: 2,
    bytesEstimated: 20,
    bytesCopied: 8,
    rowsCopied: 4,
  });
});

it.each([
  ["17.10", "17", "10"],
  ["9.6.24", "9.6", "24"],
  ["18beta1", "18beta1", undefined],
  [null, undefined, undefined],
])("version %s of a server", (version, major, minor) => {
  const { properties } = serverResource.parse(serverEnvelope({ ...server, version }));
  expect([properties.version, properties.minorVersion]).toEqual([major, minor]);
});

it("tells how far a followed database is, with counters that fit 32 bits", () => {
  const followFigures = {
    at: at.toISOString(),
    lagMs: 1_234.4,
    lagBytes: 100,
    incomingChanges: 7,
    appliedChanges: 5_000_000_000,
    inserts: 3_000_000_000,
    updates: 12,
    deletes: 13,
    truncates: 1,
    transactions: 99,
    divergences: 0,
    slot: null,
  };
  const one = { ...database, state: "WaitingForCutoverTrigger", followFigures, cutoverRequestedAt: at };
  const two = { ...database, name: "billing", state: "Succeeded", followFigures };
  const online: MigrationRecord = {
    ...migration,
    mode: "Online",
    options: { online: { plugin: "pgoutput", walLimitMegabytes: 64 } },
    databases: [one, two],
  };
  const { properties } = migrationEnvelope(online);
  const { crm, billing } = properties.currentStatus.currentSubStateDetails.dbDetails;
  expect(crm).toMatchObject({
    cdcInsertCounter: 2_147_483_647,
    cdcUpdateCounter: 12,
    cdcDeleteCounter: 13,
    appliedChanges: 2_147_483_647,
    incomingChanges: 7,
    latency: 1.234,
  });
  // Nothing is behind any more, whatever the last look said.
  expect(billing).toMatchObject({ cdcUpdateCounter: 12, incomingChanges: 0, latency: 0 });
  expect([properties.triggerCutover, properties.dbsToTriggerCutoverOn]).toEqual(["True", ["crm"]]);
  expect(properties.howdah.online).toEqual({ plugin: "pgoutput", walLimitMegabytes: 64 });
  const both = { ...online, databases: [one, { ...two, cutoverRequestedAt: at }] };
  expect(migrationEnvelope(both).properties).not.toHaveProperty("dbsToTriggerCutoverOn");
  const canceled = { ...online, databases: [one, { ...two, cancelRequestedAt: at }] };
  expect(migrationEnvelope(canceled).properties).toMatchObject({
    cancel: "True",
    dbsToCancelMigrationOn: ["billing"],
  });
});
