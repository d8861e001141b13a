import { afterEach, describe, expect, test, vi } from "vitest";
import { type Answer, ArmApp, migrationPath, SERVERS, VERSION } from "@/lib/server/testing/arm-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, migrationBody, serverBody } = app;

const at = (name: string) => `${migrationPath(name)}?${VERSION}`;
const etagOf = (answer: Answer) => answer.headers.get("etag") ?? "none";
const statuses = (answers: Answer[]) => Object.groupBy(answers, ({ status }) => String(status));
const TWENTY = Array.from({ length: 20 }, (_, index) => index);

afterEach(() => vi.unstubAllEnvs());

describe("ETags", () => {
  test("PUT, GET and PATCH carry one that changes with the migration only", async () => {
    const created = await create("tagged");
    const got = await send("GET", at("tagged"));
    expect(etagOf(got)).toBe(etagOf(created));
    const patched = await send("PATCH", at("tagged"), { tags: { a: "b" } });
    expect(etagOf(patched)).not.toBe(etagOf(got));
    expect(etagOf(await send("GET", at("tagged")))).toBe(etagOf(patched));
    const list = await send("GET", `${SERVERS}/crm-target/migrations?${VERSION}`);
    expect(etagOf(list)).toMatch(/^"[\w-]{22}"$/);
  });

  test("who has an answer already is told so", async () => {
    for (const path of [at("tagged"), `${SERVERS}/crm-target?${VERSION}`, `${SERVERS}?${VERSION}`]) {
      const etag = etagOf(await send("GET", path));
      const same = await send("GET", path, undefined, { "if-none-match": `"other", W/${etag}` });
      expect([same.status, same.body, etagOf(same)]).toEqual([304, {}, etag]);
      expect((await send("GET", path, undefined, { "if-none-match": '"other"' })).status).toBe(200);
      expect((await send("GET", path, undefined, { "if-match": '"other"' })).status).toBe(412);
    }
  });

  test("changes are made to the version the caller has seen, or not at all", async () => {
    const etag = etagOf(await send("GET", at("tagged")));
    const stale = { "if-match": '"stale"' };
    for (const [method, path, body] of [
      ["PATCH", at("tagged"), { tags: {} }],
      ["PUT", at("tagged"), migrationBody()],
      ["DELETE", at("tagged"), undefined],
      ["PUT", at("absent"), migrationBody()],
      ["DELETE", at("absent"), undefined],
      ["PUT", `${SERVERS}/crm-target?${VERSION}`, serverBody()],
      ["PUT", `${SERVERS}/crm-absent?${VERSION}`, serverBody()],
      ["DELETE", `${SERVERS}/crm-target?${VERSION}`, undefined],
    ] as const) {
      const answer = await send(method, path, body, stale);
      expect([method, path, answer.status, answer.body.error?.code, answer.body.error?.target]).toEqual([
        method,
        path,
        412,
        "PreconditionFailed",
        "If-Match",
      ]);
    }
    expect(etagOf(await send("GET", at("tagged")))).toBe(etag);
    expect(await store().migration.count({ where: { name: "absent" } })).toBe(0);
    const server = etagOf(await send("GET", `${SERVERS}/crm-target?${VERSION}`));
    const put = await send("PUT", `${SERVERS}/crm-target?${VERSION}`, serverBody(), { "if-match": server });
    expect(put.status).toBe(200);
    const again = await send("PUT", `${SERVERS}/crm-target?${VERSION}`, serverBody(), {
      "if-none-match": "*",
    });
    expect(again.status).toBe(412);
  });

  test("of twenty who saw one version, one changes it", async () => {
    const etag = etagOf(await send("GET", at("tagged")));
    const answers = await Promise.all(
      TWENTY.map((index) =>
        send("PATCH", at("tagged"), { tags: { winner: String(index) } }, { "if-match": etag }),
      ),
    );
    expect(statuses(answers)["200"]).toHaveLength(1);
    expect(statuses(answers)["412"]).toHaveLength(19);
  });
});

describe("one name, many requests", () => {
  test("of twenty equal PUTs one creates, and all are answered with that migration", async () => {
    const answers = await Promise.all(TWENTY.map(() => create("popular")));
    expect(statuses(answers)["201"]).toHaveLength(1);
    expect(statuses(answers)["200"]).toHaveLength(19);
    const ids = answers.map(({ body }) => (body["properties"] as { migrationId: string }).migrationId);
    expect(new Set(ids).size).toBe(1);
    const { id } = await store().migration.findFirstOrThrow({ where: { name: "popular" } });
    expect(await store().migrationEvent.count({ where: { migrationId: id, kind: "created" } })).toBe(1);
  });

  test("of twenty different ones one creates, and the others are told of it", async () => {
    const answers = await Promise.all(
      TWENTY.map((index) => create("coveted", { dbsToMigrate: [`db${index}`] })),
    );
    expect(statuses(answers)["201"]).toHaveLength(1);
    expect(statuses(answers)["409"]?.map(({ body }) => body.error?.code)).toEqual(
      Array.from({ length: 19 }, () => "MIGRATION_NAME_TAKEN"),
    );
  });

  test("a name can be taken between the check and the creation", async () => {
    const question = { name: "brief", type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations" };
    const checked = await send(
      "POST",
      `${SERVERS}/crm-target/checkMigrationNameAvailability?${VERSION}`,
      question,
    );
    expect(checked.body["nameAvailable"]).toBe(true);
    expect((await create("brief", { dbsToMigrate: ["other"] })).status).toBe(201);
    expect((await create("brief")).body.error?.code).toBe("MIGRATION_NAME_TAKEN");
  });

  test.each([
    ["tags are replaced", { tags: { team: "b" } }, {}, 200],
    ["another region", { location: "westeurope" }, {}, 409],
    ["the region spelled otherwise", { location: "East US 2 EUAP" }, {}, 200],
    ["another start", {}, { migrationWindowStartTimeInUtc: "2030-01-01T00:00:00Z" }, 409],
    ["roles as well", {}, { migrateRoles: "True" }, 409],
    ["more jobs", {}, { howdah: { jobs: 7 } }, 409],
    ["another runtime server", {}, { migrationInstanceResourceId: `${SERVERS}/runtime` }, 409],
    ["what is the default anyway", {}, { migrateRoles: "False", overwriteDbsInTarget: "false" }, 200],
  ])("a repeated PUT with %s", async (_, envelope, properties, status) => {
    await create("repeated");
    const answer = await send("PUT", at("repeated"), { ...migrationBody(properties), ...envelope });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject("tags" in envelope ? envelope : {});
  });
});

describe("a server that goes", () => {
  test("takes its routes with it", async () => {
    const path = `${SERVERS}/brief-target?${VERSION}`;
    const { administratorLoginPassword: _, ...properties } = serverBody().properties;
    await send("PUT", path, { properties });
    expect((await send("DELETE", path)).status).toBe(200);
    const below = `${SERVERS}/brief-target/migrations`;
    expect((await send("GET", `${below}?${VERSION}`)).body.error?.code).toBe("ResourceNotFound");
    expect((await send("PATCH", `${below}/x?${VERSION}`, {})).body.error?.code).toBe("ResourceNotFound");
    const orphan = await send("PUT", `${below}/x?${VERSION}`, migrationBody());
    expect([orphan.status, orphan.body.error?.code]).toEqual([404, "ParentResourceNotFound"]);
  });

  test("either goes or keeps what is created at that moment", async () => {
    const { administratorLoginPassword: _, ...properties } = serverBody().properties;
    for (let round = 0; round < 6; round += 1) {
      const path = `${SERVERS}/racing-${round}`;
      await send("PUT", `${path}?${VERSION}`, { properties });
      const [put, removed] = await Promise.all([
        send("PUT", `${path}/migrations/m?${VERSION}`, migrationBody()),
        send("DELETE", `${path}?${VERSION}`),
      ]);
      expect([
        [201, 409],
        [404, 200],
      ]).toContainEqual([put.status, removed.status]);
    }
  });

  test("is registered once when many ask at once", async () => {
    const { administratorLoginPassword: _, ...properties } = serverBody().properties;
    const answers = await Promise.all(
      TWENTY.map(() => send("PUT", `${SERVERS}/wanted?${VERSION}`, { properties })),
    );
    expect(statuses(answers)["201"]).toHaveLength(1);
    expect(statuses(answers)["200"]).toHaveLength(19);
  });
});

describe("who may call, and how often", () => {
  test("an expired token is told apart from one that never was", async () => {
    const expiresAt = new Date(Date.now() - 60_000);
    const expired = await createApiToken({ name: "old", role: "operator", expiresAt });
    const answer = await send("GET", at("tagged"), undefined, { authorization: `Bearer ${expired}` });
    expect([answer.status, answer.body.error?.code]).toEqual([401, "ExpiredAuthenticationToken"]);
    expect(answer.body.error?.message).toContain(expiresAt.toISOString());
    expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
    const unknown = await send("GET", at("tagged"), undefined, { authorization: "Bearer nonsense" });
    expect([unknown.status, unknown.body.error?.code]).toEqual([401, "InvalidAuthenticationToken"]);
    // Each says what to do.
    const nobody = await send("GET", at("tagged"), undefined, { authorization: "" });
    for (const { body } of [answer, unknown, nobody])
      expect(JSON.stringify(body.error)).toContain("`howdah token create --role operator` prints a token");
    const cookie = await fetch(`${app.baseUrl}${at("tagged")}`);
    expect([cookie.status, await cookie.text()]).toEqual([
      401,
      expect.stringContaining("A browser signs in by the link that `howdah sign-in` prints"),
    ]);
  });

  test("each answer tells how many calls are left; then a pause, for this caller only", async () => {
    const token = await createApiToken({ name: "busy", role: "operator" });
    const headers = { authorization: `Bearer ${token}` };
    const read = () => send("GET", at("tagged"), undefined, headers);
    const reads = await read();
    expect(reads.headers.get("x-ms-ratelimit-remaining-subscription-reads")).toBe("249");
    const write = await send("PATCH", at("tagged"), { tags: {} }, headers);
    expect(write.headers.get("x-ms-ratelimit-remaining-subscription-writes")).toBe("199");

    vi.stubEnv("HOWDAH_ARM_CALLS_FACTOR", "0.02");
    const left: (string | null)[] = [];
    for (let call = 0; call < 5; call += 1) {
      left.push((await read()).headers.get("x-ms-ratelimit-remaining-subscription-reads"));
    }
    expect(left).toEqual(["4", "3", "2", "1", "0"]);
    const refused = await read();
    expect([refused.status, refused.body.error?.code]).toEqual([429, "SubscriptionRequestsThrottled"]);
    expect(refused.body.error?.message).toContain("Number of 'read' requests");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get("x-ms-ratelimit-remaining-subscription-reads")).toBe("0");
    // Writes have an allowance of their own, and so have others.
    expect((await send("PATCH", at("tagged"), { tags: {} }, headers)).status).toBe(200);
    expect((await send("GET", at("tagged"))).status).toBe(200);
  });

  test("ids of the client come back with every answer", async () => {
    const sent = { "x-ms-client-request-id": "my-call", "x-ms-correlation-request-id": crypto.randomUUID() };
    for (const path of [at("tagged"), at("absent")]) {
      const { headers } = await send("GET", path, undefined, sent);
      expect(headers.get("x-ms-client-request-id")).toBe("my-call");
      expect(headers.get("x-ms-correlation-request-id")).toBe(sent["x-ms-correlation-request-id"]);
      expect(headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
