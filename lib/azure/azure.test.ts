import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrationCreateBody } from "@/lib/migrations/contract";
import type { CodedError } from "@/lib/util/coded-error";
import { AzureAccount } from "./azure-account";
import { toAzureError } from "./azure-error";
import { createAzureMigration, readAzureMigration, updateAzureMigration } from "./azure-migration";
import { listAzureServers, listReplicas, listSubscriptions, readAzureServer } from "./azure-server";
import { planParameters, setParameters } from "./prepare-target";
import { readParameter, setParameter, withMembers } from "./server-parameters";
import { StandInArm } from "./testing/stand-in-arm";
import { serveMigrations } from "./testing/stand-in-migrations";
import { serveParameters } from "./testing/stand-in-parameters";
import { PRINCIPAL } from "./testing/stand-in-sign-in";
import { planTuning, restoreTuned, setTuned, TUNED_PARAMETERS } from "./tune-target";

const SUBSCRIPTION = "11111111-1111-1111-1111-111111111111";
const SERVER = {
  subscriptionId: SUBSCRIPTION,
  resourceGroup: "exampleresourcegroup2",
  serverName: "exampleserver2",
};
const MIGRATION = { ...SERVER, migrationName: "shop-01" };
const signal = AbortSignal.timeout(60_000);

const TEMP = "azure.enable_temp_tablespaces_on_local_ssd";

let arm: StandInArm;
let account: AzureAccount;
beforeAll(async () => {
  arm = await StandInArm.start();
  serveParameters(arm);
  serveMigrations(arm);
  account = new AzureAccount({ ...access(), principal: PRINCIPAL });
});
afterAll(async () => await arm[Symbol.asyncDispose]());

function access() {
  return { endpoint: arm.endpoint, authorityHost: arm.endpoint, ca: arm.ca };
}

async function codeOf(work: Promise<unknown>): Promise<CodedError> {
  return await work.then(
    () => Promise.reject(new Error("did not fail")),
    (error: CodedError) => error,
  );
}

describe("what a subscription holds", () => {
  it("subscriptions, and servers over all pages", async () => {
    expect((await listSubscriptions(account, signal)).map(({ name }) => name)).toEqual([
      "Example Subscription",
      "Example Subscription2",
    ]);
    const servers = await listAzureServers(account, SUBSCRIPTION, signal);
    expect(servers.map(({ serverName }) => serverName)).toEqual([
      "exampleserver1",
      "exampleserver3",
      "exampleserver2",
      "exampleserver2-replica",
      "exampleserver4",
    ]);
    expect(servers.find(({ isReplica }) => isReplica)?.serverName).toBe("exampleserver2-replica");
  });

  it("a server with high availability, one with a replica, one as the real service answered", async () => {
    const first = { ...SERVER, resourceGroup: "exampleresourcegroup1", serverName: "exampleserver1" };
    expect(await readAzureServer(account, first, signal)).toMatchObject({
      host: "exampleserver1.postgres.database.azure.com",
      version: "17.5",
      sku: { name: "Standard_D4ds_v5", tier: "GeneralPurpose" },
      storageGiB: 512,
      highAvailability: { mode: "ZoneRedundant", isOn: true },
      isPublic: false,
    });
    expect(await listReplicas(account, SERVER, signal)).toEqual(["exampleserver2-replica"]);
    const fifth = { ...SERVER, serverName: "exampleserver5" };
    expect(await readAzureServer(account, fifth, signal)).toMatchObject({
      location: "Canada Central",
      highAvailability: { isOn: false },
    });
  });
});

describe("parameters", () => {
  it("sets azure.extensions, follows the operation, and puts the default back", async () => {
    const before = await readParameter(account, SERVER, "azure.extensions", signal);
    expect(before).toMatchObject({ value: "", isSet: false, isDynamic: true });
    expect(before.allowed).toContain("pg_trgm");
    const value = withMembers(before.value, ["pg_trgm", "pgcrypto"]);
    const after = await setParameter(account, SERVER, { name: "azure.extensions", value }, signal);
    expect(after).toMatchObject({ value: "pg_trgm,pgcrypto", isSet: true });
    const back = await setParameter(account, SERVER, { name: "azure.extensions", value: null }, signal);
    expect(back).toMatchObject({ value: "", isSet: false });
  });

  it("tells of a change that waits for a restart", async () => {
    const change = { name: "shared_preload_libraries", value: "pg_cron" };
    expect(await setParameter(account, SERVER, change, signal)).toMatchObject({ isPendingRestart: true });
  });

  it("adds to a list what is missing in it", () => {
    expect(withMembers("pg_trgm, HSTORE", ["hstore", "citext"])).toBe("pg_trgm,HSTORE,citext");
    expect(withMembers("", [])).toBe("");
  });
});

describe("a target is made ready", () => {
  const needs = { extensions: ["pg_trgm", "no_such"], libraries: ["pg_cron", "wal2json"] };

  it("plans what is missing, sets it, and restarts when that is allowed", async () => {
    await setParameter(account, SERVER, { name: "azure.extensions", value: null }, signal);
    await setParameter(account, SERVER, { name: "shared_preload_libraries", value: null }, signal);
    const plan = await planParameters(account, SERVER, needs, signal);
    expect(plan).toEqual({
      notAllowed: [{ name: "azure.extensions", member: "no_such" }],
      changes: [
        { name: "azure.extensions", value: "pg_trgm", added: ["pg_trgm"], needsRestart: false },
        {
          name: "shared_preload_libraries",
          value: "pg_cron,pg_stat_statements,wal2json",
          added: ["wal2json"],
          needsRestart: true,
        },
      ],
      isPendingRestart: false,
    });
    arm.failNext(/^PATCH .*azure\.extensions$/, "error-409-server-is-busy");
    expect(await setParameters(account, SERVER, plan, { restart: false, signal })).toEqual({
      isPendingRestart: true,
      hasRestarted: false,
    });
    expect(arm.seen.some(({ path }) => path.endsWith("/restart"))).toBe(false);
    const again = await planParameters(account, SERVER, needs, signal);
    expect(again).toMatchObject({ changes: [], isPendingRestart: true });
    expect(await setParameters(account, SERVER, again, { restart: true, signal })).toEqual({
      isPendingRestart: false,
      hasRestarted: true,
    });
    expect(arm.seen.some(({ path }) => path.endsWith("/restart"))).toBe(true);
    expect((await planParameters(account, SERVER, needs, signal)).isPendingRestart).toBe(false);
  });
});

describe("a target is tuned", () => {
  const tune = async (isOnline = true) =>
    await planTuning(account, SERVER, { storageGiB: 512, isOnline }, signal);
  const reset = async () => {
    for (const name of TUNED_PARAMETERS) await setParameter(account, SERVER, { name, value: null }, signal);
  };

  it("never lowers a value, keeps to what is allowed, and leaves alone what only online needs", async () => {
    await reset();
    await setParameter(account, SERVER, { name: "checkpoint_timeout", value: "7200" }, signal);
    const [wal, compression, temp] = await tune();
    expect([wal, compression, temp]).toEqual([
      { name: "max_wal_size", value: "52428", before: null, valueBefore: "12288", isSet: false },
      { name: "wal_compression", value: "on", before: null, valueBefore: "off", isSet: false },
      { name: TEMP, value: "off", before: null, valueBefore: "on", isSet: false },
    ]);
    expect((await tune(false)).map(({ name }) => name)).toEqual(["max_wal_size", "wal_compression"]);
    const huge = await planTuning(account, SERVER, { storageGiB: 32_767, isOnline: false }, signal);
    expect(huge[0]?.value).toBe("65536");
    const unknown = await planTuning(account, SERVER, { storageGiB: null, isOnline: false }, signal);
    expect(unknown.map(({ name }) => name)).toEqual(["wal_compression"]);
  });

  it("puts back the value there was, and the default where there was none", async () => {
    await reset();
    await setParameter(account, SERVER, { name: "checkpoint_timeout", value: "900" }, signal);
    const plan = await tune();
    for (const one of plan) await setTuned(account, SERVER, one, signal);
    expect(await readParameter(account, SERVER, "checkpoint_timeout", signal)).toMatchObject({
      value: "3600",
    });
    for (const one of plan)
      expect(await restoreTuned(account, SERVER, { ...one, isSet: true }, signal)).toEqual({
        outcome: "restored",
      });
    expect(await readParameter(account, SERVER, "checkpoint_timeout", signal)).toMatchObject({
      value: "900",
      isSet: true,
    });
    expect(await readParameter(account, SERVER, TEMP, signal)).toMatchObject({ value: "on", isSet: false });
  });

  it("leaves alone what somebody else has changed meanwhile, or has put back", async () => {
    await reset();
    const [wal] = await tune();
    if (!wal) throw new Error("nothing is planned");
    await setTuned(account, SERVER, wal, signal);
    await setParameter(account, SERVER, { name: wal.name, value: "4096" }, signal);
    expect(await restoreTuned(account, SERVER, { ...wal, isSet: true }, signal)).toEqual({
      outcome: "changed",
      value: "4096",
    });
    expect(await readParameter(account, SERVER, wal.name, signal)).toMatchObject({ value: "4096" });
    await reset();
    const patches = () => arm.seen.filter(({ method }) => method === "PATCH").length;
    const before = patches();
    expect(await restoreTuned(account, SERVER, { ...wal, isSet: true }, signal)).toEqual({
      outcome: "was-back",
    });
    expect(patches()).toBe(before);
    // Nobody saw the end of this change: it might still come true.
    expect(await restoreTuned(account, SERVER, wal, signal)).toEqual({ outcome: "restored" });
    expect(patches()).toBe(before + 1);
  });
});

describe("what goes wrong", () => {
  it("names the missing action and its scope", async () => {
    arm.failNext(/^PATCH .*azure\.extensions$/, "error-403-authorization-failed");
    const error = await codeOf(
      setParameter(account, SERVER, { name: "azure.extensions", value: "pg_trgm" }, signal),
    );
    expect(error).toMatchObject({ code: "AZURE_RIGHT_MISSING", transient: false });
    expect(error.message).toContain("Microsoft.DBforPostgreSQL/flexibleServers/configurations/write");
    expect(error.remedy).toContain("/flexibleServers/exampleserver2/configurations/azure.extensions");
  });

  it("names them for a list, too, whose errors the SDK tells without the answer", async () => {
    arm.failNext(/flexibleServers$/, "error-403-authorization-failed");
    const error = await codeOf(listAzureServers(account, SUBSCRIPTION, signal));
    expect(error).toMatchObject({ code: "AZURE_RIGHT_MISSING" });
    expect(error.message).toMatch(/may not perform Microsoft\.DBforPostgreSQL\/\S+ on \/subscriptions\//);
  });

  it("tells busy, expired and missing apart", async () => {
    arm.failNext(/^PATCH .*azure\.extensions$/, "error-409-server-is-busy");
    const change = { name: "azure.extensions", value: "pg_trgm" };
    expect(await codeOf(setParameter(account, SERVER, change, signal))).toMatchObject({
      code: "AZURE_SERVER_BUSY",
      transient: true,
    });
    arm.failNext(/^GET \/subscriptions$/, "error-401-expired-token");
    expect(await codeOf(listSubscriptions(account, signal))).toMatchObject({
      code: "AZURE_TOKEN_REFUSED",
      message: expect.stringContaining("access token expiry"),
    });
    const gone = { ...SERVER, serverName: "gone" };
    expect(await codeOf(readAzureServer(account, gone, signal))).toMatchObject({ code: "AZURE_NOT_FOUND" });
  });

  it("waits as long as Azure asks when it is throttled, and goes on", async () => {
    arm.failNext(/flexibleServers$/, "error-429-throttled");
    const startedAt = performance.now();
    expect(await listAzureServers(account, SUBSCRIPTION, signal)).toHaveLength(5);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it("says that nothing answers, and that the sign-in is refused", async () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), {
      name: "RestError",
      code: "ECONNREFUSED",
    });
    expect(toAzureError(refused, "x")).toMatchObject({ code: "AZURE_UNREACHABLE", transient: true });
    const stranger = { ...PRINCIPAL, clientSecret: "another" };
    const nobody = new AzureAccount({ ...access(), principal: stranger });
    expect(await codeOf(listSubscriptions(nobody, signal))).toMatchObject({ code: "AZURE_SIGN_IN_FAILED" });
  });
});

describe("a migration of Azure's service", () => {
  const body = migrationCreateBody.parse({
    location: "eastus",
    properties: {
      migrationMode: "Online",
      sourceType: "OnPremises",
      sourceDbServerResourceId: "db.example:5432@postgres",
      dbsToMigrate: ["shop"],
      secretParameters: {
        adminCredentials: { sourceServerPassword: "s-secret", targetServerPassword: "t-secret" },
      },
      howdah: { vacuum: true },
    },
  });

  it("is created without Howdah's own properties, read, cut over and seen to the end", async () => {
    const created = await createAzureMigration(account, MIGRATION, body, "eastus", signal);
    expect(created).toMatchObject({ state: "InProgress", substate: "PerformingPreRequisiteSteps" });
    const put = arm.seen.findLast(({ method }) => method === "PUT");
    expect(put?.body).not.toHaveProperty("properties.howdah");
    expect(put?.body).toMatchObject({
      properties: { migrationMode: "Online", secretParameters: { adminCredentials: {} } },
    });
    let status = created;
    while (status.substate !== "WaitingForCutoverTrigger")
      status = await readAzureMigration(account, MIGRATION, signal);
    expect(status.databases[0]).toMatchObject({
      name: "shop",
      state: "WaitingForCutoverTrigger",
      lagMs: 2500,
    });
    const change = { triggerCutover: "True", dbsToTriggerCutoverOn: ["shop"] };
    status = await updateAzureMigration(account, MIGRATION, change, signal);
    while (status.state === "InProgress") status = await readAzureMigration(account, MIGRATION, signal);
    expect(status).toMatchObject({ state: "Succeeded", substate: "Completed" });
    expect(status.validation?.serverLevelValidationDetails[0]).toMatchObject({ state: "Succeeded" });
  });
});
