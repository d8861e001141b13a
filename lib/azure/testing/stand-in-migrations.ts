import type { Answer, SeenRequest, StandInArm } from "./stand-in-arm";

const PATH = /^(.*\/flexibleServers\/[^/]+)\/migrations\/([^/]+)$/i;

interface Life {
  properties: Record<string, unknown>;
  /** How often it was read since the last wish. */
  reads: number;
  isCutOver: boolean;
  isCanceled: boolean;
}

/**
 * Migrations that go the way the service's were seen to go: a few reads in each substate, waiting for the cutover when online.
 * Bodies have the shapes of recorded ones.
 */
export function serveMigrations(arm: StandInArm): void {
  const lives = new Map<string, Life>();
  arm.handle((request): Answer | null => {
    const [, server, name] = PATH.exec(request.path) ?? [];
    if (server === undefined || name === undefined) return null;
    const life = lives.get(request.path.toLowerCase()) ?? null;
    if (!life && request.method !== "PUT") return null;
    const now = life ?? { properties: propertiesOf(request), reads: 0, isCutOver: false, isCanceled: false };
    lives.set(request.path.toLowerCase(), now);
    if (request.method === "GET") now.reads += 1;
    if (request.method === "PATCH") wish(now, propertiesOf(request));
    if (request.method === "DELETE") now.isCanceled = true;
    const { secretParameters: _, ...shown } = now.properties;
    const body = {
      id: request.path,
      name,
      type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
      location: "eastus",
      properties: {
        migrationId: "094baadd-0000-0000-0000-000000000000",
        ...shown,
        currentStatus: statusOf(now),
        targetDbServerResourceId: server,
        // As recorded: only later answers tell of the target.
        ...(now.reads === 0 ? {} : { targetDbServerMetadata: TARGET_METADATA }),
      },
    };
    return {
      status: life ? 200 : 201,
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body,
    };
  });
}

function propertiesOf({ body }: SeenRequest): Record<string, unknown> {
  return (body as { properties?: Record<string, unknown> } | null)?.properties ?? {};
}

function wish(life: Life, properties: Record<string, unknown>): void {
  life.reads = 0;
  life.isCutOver ||= properties["triggerCutover"] === "True";
  life.isCanceled ||= properties["cancel"] === "True";
}

function statusOf(life: Life): unknown {
  const names = (life.properties["dbsToMigrate"] as string[] | undefined) ?? [];
  const details = (substate: string, state: string | null, more: object = {}) => ({
    currentSubState: substate,
    dbDetails: state === null ? {} : Object.fromEntries(names.map((name) => [name, database(name, state)])),
    ...more,
  });
  if (life.isCanceled) return { state: "Canceled", currentSubStateDetails: details("Completed", "Canceled") };
  const isOnline = /^online$/i.test(String(life.properties["migrationMode"]));
  if (life.isCutOver || (!isOnline && life.reads > 4))
    return life.isCutOver && life.reads < 2
      ? inProgress(details("CompletingMigration", "InProgress"))
      : {
          state: "Succeeded",
          currentSubStateDetails: details("Completed", "Succeeded", { validationDetails: VALIDATION }),
        };
  if (life.reads < 2) return inProgress(details("PerformingPreRequisiteSteps", null));
  if (life.reads < 3) return inProgress(details("ValidationInProgress", null));
  if (life.reads < 5) return inProgress(details("MigratingData", "InProgress"));
  return {
    state: "WaitingForUserAction",
    currentSubStateDetails: details("WaitingForCutoverTrigger", "WaitingForCutoverTrigger"),
  };
}

function inProgress(currentSubStateDetails: object) {
  return { state: "InProgress", currentSubStateDetails };
}

function database(databaseName: string, migrationState: string) {
  return {
    databaseName,
    migrationState,
    fullLoadQueuedTables: 0,
    fullLoadErroredTables: 0,
    fullLoadLoadingTables: migrationState === "InProgress" ? 3 : 0,
    fullLoadCompletedTables: 10,
    cdcUpdateCounter: 0,
    cdcDeleteCounter: 0,
    cdcInsertCounter: 7,
    appliedChanges: 7,
    incomingChanges: 0,
    latency: 2.5,
    startedOn: "2026-01-07T03:31:28.5787679Z",
  };
}

const TARGET_METADATA = {
  location: "eastus",
  version: "17",
  storageMb: 524_288,
  sku: { name: "Standard_D4ds_v4", tier: "GeneralPurpose" },
};

const VALIDATION = {
  status: "Succeeded",
  validationStartTimeInUtc: "2026-01-07T03:30:28.5787679Z",
  validationEndTimeInUtc: "2026-01-07T03:31:28.5787679Z",
  serverLevelValidationDetails: [{ type: "AuthenticationAndConnectivityValidation", state: "Succeeded" }],
  dbLevelValidationDetails: [],
};
