import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { MigrationState, MigrationSubstate } from "@/lib/migrations/vocabulary";
import { type Answer, ArmApp, migrationPath, VERSION } from "@/lib/server/testing/arm-app";
import { NOT_ASKED } from "@/lib/store/azure-run";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

/**
 * Every wish in every state, by PATCH. What is refused says where the migration is and what is allowed there, and that is exactly
 * what is not refused; and nothing of a refused request is done.
 */
const app = ArmApp.forFile();

beforeAll(() => void vi.stubEnv("HOWDAH_ARM_CALLS_FACTOR", "1000"));
afterAll(() => void vi.unstubAllEnvs());

const secretParameters = {
  adminCredentials: { sourceServerPassword: "one", targetServerPassword: "two" },
};

/** The wishes, and the words with which a refusal offers them. */
const VERBS = {
  cancel: [{ cancel: "True" }, "cancel"],
  cancelOne: [{ cancel: "True", dbsToCancelMigrationOn: ["db1"] }, "cancel"],
  cutover: [{ triggerCutover: "True" }, "trigger the cutover"],
  cutoverOne: [{ triggerCutover: "True", dbsToTriggerCutoverOn: ["db1"] }, "trigger the cutover"],
  rehearse: [{ howdah: { rehearseCutover: true } }, "rehearse the cutover with howdah.rehearseCutover"],
  overwrite: [{ overwriteDbsInTarget: "True" }, "confirm overwriting with overwriteDbsInTarget"],
  replication: [
    { setupLogicalReplicationOnSourceDbIfNeeded: "True" },
    "set up logical replication with setupLogicalReplicationOnSourceDbIfNeeded",
  ],
  databases: [{ dbsToMigrate: ["other"] }, "name the databases with dbsToMigrate"],
  start: [
    { startDataMigration: "True" },
    "set the start with startDataMigration or migrationWindowStartTimeInUtc",
  ],
  window: [
    { migrationWindowStartTimeInUtc: "2040-01-01T00:00:00Z" },
    "set the start with startDataMigration or migrationWindowStartTimeInUtc",
  ],
  pause: [{ howdah: { paused: true } }, "pause with howdah.paused true"],
  resume: [{ howdah: { paused: false } }, "resume with howdah.paused false"],
  limits: [{ howdah: { throttle: { connections: 2 } } }, "set limits with howdah.throttle"],
  retry: [{ howdah: { retry: "Failed" }, secretParameters }, 'retry what failed with howdah.retry "Failed"'],
  restart: [{ howdah: { retry: "Everything" }, secretParameters }, 'restart with howdah.retry "Everything"'],
} as const satisfies Record<string, readonly [object, string]>;
type Verb = keyof typeof VERBS;
const ALL = Object.keys(VERBS) as Verb[];

/** Of no state: refused as a wrong value, and told where the migration is all the same. */
const WRONG = [
  { cancel: "True", dbsToCancelMigrationOn: ["nobody"] },
  { triggerCutover: "True", dbsToTriggerCutoverOn: ["nobody"] },
] as const;

interface Situation {
  state: MigrationState;
  substate: MigrationSubstate;
  mode?: "Offline";
  /** States of db0 and db1; two that are in progress when absent, none when empty. */
  databases?: readonly string[];
  isPaused?: true;
  isCanceling?: true;
  /** Databases whose cutover was asked for. */
  cuttingOver?: readonly number[];
  isAzure?: true;
  /** Wishes that have an effect. */
  does: readonly Verb[];
  /** Wishes for what is so already: they change nothing. */
  repeats?: readonly Verb[];
  /** What else a refusal offers, besides PATCH. */
  offers?: readonly string[];
}

const ANYWHERE = ["cancel", "cancelOne", "limits"] as const;
const BEFORE = [...ANYWHERE, "start", "window"] as const;
const WAITING = { state: "WaitingForUserAction", substate: "WaitingForCutoverTrigger" } as const;
const COPYING = { state: "InProgress", substate: "MigratingData" } as const;
const CANCELING = { state: "CleaningUp", substate: "CancelingRequestedDBMigrations" } as const;
const ended = <State extends MigrationState>(state: State, database: string = state) =>
  ({ state, substate: "Completed", databases: [database, database] }) as const;

const SITUATIONS: Record<string, Situation> = {
  "has just been created": {
    state: "InProgress",
    substate: "PerformingPreRequisiteSteps",
    does: BEFORE,
    repeats: ["resume"],
  },
  "is validated": {
    state: "InProgress",
    substate: "ValidationInProgress",
    does: BEFORE,
    repeats: ["resume"],
  },
  "waits for logical replication": {
    state: "WaitingForUserAction",
    substate: "WaitingForLogicalReplicationSetupRequestOnSourceDB",
    does: [...BEFORE, "replication"],
    repeats: ["resume"],
  },
  "waits for databases": {
    state: "WaitingForUserAction",
    substate: "WaitingForDBsToMigrateSpecification",
    databases: [],
    does: ["cancel", "limits", "start", "window", "databases"],
    repeats: ["resume"],
  },
  "waits for the consent to overwrite": {
    state: "WaitingForUserAction",
    substate: "WaitingForTargetDBOverwriteConfirmation",
    does: [...BEFORE, "overwrite"],
    repeats: ["resume"],
  },
  "waits to be started": {
    state: "WaitingForUserAction",
    substate: "WaitingForDataMigrationScheduling",
    does: BEFORE,
    repeats: ["resume"],
  },
  "waits for its window": {
    state: "InProgress",
    substate: "WaitingForDataMigrationWindow",
    does: BEFORE,
    repeats: ["resume"],
  },
  copies: { ...COPYING, does: [...ANYWHERE, "pause"], repeats: ["resume"] },
  "copies, offline": { ...COPYING, mode: "Offline", does: [...ANYWHERE, "pause"], repeats: ["resume"] },
  "copies, paused": { ...COPYING, isPaused: true, does: [...ANYWHERE, "resume"], repeats: ["pause"] },
  "copies, run by Azure": { ...COPYING, isAzure: true, does: ["cancel", "cancelOne"], repeats: ["resume"] },
  "waits for its cutover": {
    ...WAITING,
    does: [...ANYWHERE, "cutover", "cutoverOne", "rehearse", "pause"],
    repeats: ["resume"],
  },
  "waits for its cutover, paused": {
    ...WAITING,
    isPaused: true,
    does: [...ANYWHERE, "resume"],
    repeats: ["pause"],
  },
  "waits for its cutover, run by Azure": {
    ...WAITING,
    isAzure: true,
    does: ["cancel", "cancelOne", "cutover", "cutoverOne"],
    repeats: ["resume"],
  },
  "cuts one database over": {
    ...WAITING,
    cuttingOver: [1],
    does: [...ANYWHERE, "cutover", "rehearse"],
    repeats: ["cutoverOne", "resume"],
  },
  "is asked to cut all over": {
    ...WAITING,
    cuttingOver: [0, 1],
    does: ANYWHERE,
    repeats: ["cutover", "cutoverOne", "resume"],
  },
  "cuts over": {
    state: "InProgress",
    substate: "CompletingMigration",
    cuttingOver: [0, 1],
    does: ANYWHERE,
    repeats: ["cutover", "cutoverOne", "resume"],
  },
  "is asked to cancel": {
    ...COPYING,
    isCanceling: true,
    does: [],
    repeats: ["cancel", "cancelOne", "resume"],
  },
  "is canceling": { ...CANCELING, isCanceling: true, does: [], repeats: ["cancel", "cancelOne", "resume"] },
  "was canceled": {
    ...ended("Canceled"),
    isCanceling: true,
    does: ["restart"],
    repeats: ["cancel", "cancelOne"],
    offers: ["remove the record"],
  },
  "was canceled while paused": {
    ...ended("Canceled"),
    isPaused: true,
    isCanceling: true,
    does: ["restart"],
    repeats: ["cancel", "cancelOne"],
    offers: ["remove the record"],
  },
  failed: { ...ended("Failed"), does: ["retry", "restart"], offers: ["verify", "remove the record"] },
  "failed in its validation": {
    ...ended("ValidationFailed", "Failed"),
    does: ["restart"],
    offers: ["remove the record"],
  },
  succeeded: { ...ended("Succeeded"), does: [], offers: ["verify", "remove the record"] },
  "succeeded, offline": {
    ...ended("Succeeded"),
    mode: "Offline",
    does: [],
    offers: ["verify", "remove the record"],
  },
};

const ROW = {
  lastActiveSubstate: "MigratingData",
  runEpoch: 1,
  attempt: 1,
  endedAt: null,
  cancelReason: null,
  cutoverRequestedAt: null,
  replicationSetupRequestedAt: null,
  overwriteConfirmed: false,
  throttleConnections: null,
} as const;
const THEN = new Date(Date.now() - 60_000);

/** Puts the migration and its databases where a worker, and wishes before, would have brought them. */
async function arrange(id: string, properties: object, situation: Situation): Promise<void> {
  const { state, substate, databases = ["InProgress", "InProgress"], cuttingOver = [] } = situation;
  await store().migration.update({
    where: { id },
    data: {
      ...ROW,
      state,
      substate,
      properties,
      tags: {},
      cancelRequestedAt: situation.isCanceling ? THEN : null,
      pauseRequestedAt: situation.isPaused ? THEN : null,
      pausedAt: situation.isPaused ? THEN : null,
      ...(situation.isAzure ? { azureRun: NOT_ASKED } : {}),
    },
  });
  await store().migrationDatabase.deleteMany({ where: { migrationId: id } });
  await store().migrationDatabase.createMany({
    data: databases.map((database, position) => ({
      migrationId: id,
      name: `db${position}`,
      position,
      state: database,
      cutoverRequestedAt: cuttingOver.includes(position) ? THEN : null,
    })),
  });
}

/** Grows with whatever is changed of a migration. */
async function versionOf(id: string): Promise<number> {
  return (await store().migration.findUniqueOrThrow({ where: { id }, select: { version: true } })).version;
}

const messageOf = ({ body }: Answer) => body.error?.message ?? "";

/** What a refusal offers. */
function offeredIn(answer: Answer): string[] {
  const [, list = ""] = /Allowed now: (.*)\.$/.exec(messageOf(answer)) ?? [];
  if (list === "") expect(messageOf(answer)).toMatch(/Nothing can be asked of it now\.$/);
  return list.split(", ").filter((word) => word !== "");
}

let count = 0;

describe("a migration that", () => {
  test.each(Object.entries(SITUATIONS))("%s", async (_, situation) => {
    const { state, substate, does, repeats = [], offers = [] } = situation;
    const name = `m${++count}`;
    const created = await app.create(name, {
      migrationMode: situation.mode ?? "Online",
      migrationOption: "Migrate",
    });
    expect(created.status).toBe(201);
    const { id, properties } = await store().migration.findFirstOrThrow({ where: { name } });
    const arranged = () => arrange(id, properties as object, situation);
    const open = [...new Set(does.map((verb) => VERBS[verb][1])), ...offers].sort();
    const has = (verb: Verb) => !/One$/.test(verb) || situation.databases?.length !== 0;

    const refusals: Answer[] = [];
    await arranged();
    for (const verb of ALL.filter(has)) {
      const before = await versionOf(id);
      // What is refused beside tags leaves these as they are, too.
      const tags = does.includes(verb) || repeats.includes(verb) ? {} : { tags: { a: "b" } };
      const answer = await app.send("PATCH", `${migrationPath(name)}?${VERSION}`, {
        properties: VERBS[verb][0],
        ...tags,
      });
      const isChanged = (await versionOf(id)) !== before;
      if (isChanged) await arranged();
      if (answer.status !== 200) refusals.push(answer);
      const expected = does.includes(verb) ? "done" : repeats.includes(verb) ? "so already" : "refused";
      const outcome = answer.status !== 200 ? "refused" : isChanged ? "done" : "so already";
      expect([verb, outcome], messageOf(answer)).toEqual([verb, expected]);
      if (outcome === "refused") expect([verb, isChanged]).toEqual([verb, false]);
    }
    for (const wish of WRONG) refusals.push(await app.patch(name, wish));
    if (!offers.includes("remove the record"))
      refusals.push(await app.send("DELETE", `${migrationPath(name)}?${VERSION}&removeRecord=true`));
    for (const answer of refusals) {
      expect([400, 409]).toContain(answer.status);
      expect(messageOf(answer)).toContain(`${state}/${substate}`);
      expect(offeredIn(answer).sort()).toEqual(open);
    }
    if (situation.isPaused && state !== "Canceled")
      for (const answer of refusals) expect(messageOf(answer)).toContain(`${substate}, paused`);
  });
});
