import { describe, expect, test, vi } from "vitest";
import { ArmApp, GROUP, migrationPath, SERVERS, SUBSCRIPTION, VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, serverBody } = app;

interface Page {
  value: { name: string }[];
  nextLink?: string;
}

async function pageAt(path: string): Promise<Page> {
  const answer = await send("GET", path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as unknown as Page;
}

/** nextLink is absolute; the test's server listens elsewhere each time. */
function pathOf(link: string): string {
  const url = new URL(link);
  return url.pathname + url.search;
}

/** All names, page by page; `between` runs after each page. */
async function walk(path: string, between: (page: Page) => Promise<unknown> = async () => undefined) {
  const names: string[] = [];
  const sizes: number[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page = await pageAt(next);
    names.push(...page.value.map(({ name }) => name));
    sizes.push(page.value.length);
    await between(page);
    next = page.nextLink === undefined ? undefined : pathOf(page.nextLink);
  }
  return { names, sizes };
}

const LIST = `${SERVERS}/crm-target/migrations?${VERSION}`;

describe("pages of migrations", () => {
  const created = Array.from({ length: 12 }, (_, index) => `m${index}`);

  test("each is listed once, newest first, whatever is created and removed meanwhile", async () => {
    for (const name of created) expect((await create(name)).status).toBe(201);
    let count = 0;
    const { names, sizes } = await walk(`${LIST}&$top=5`, async () => {
      count += 1;
      await create(`late-${count}`);
      // One of a page that was read already: the next page begins where it would have.
      if (count === 1) await store().migration.delete({ where: { id: await idOf("m9") } });
    });
    expect(names).toEqual(created.toReversed());
    expect(sizes).toEqual([5, 5, 2]);
  });

  test("of those made in one millisecond none is lost between pages", async () => {
    await store().migration.updateMany({ data: { createdAt: new Date("2026-01-01T00:00:00Z") } });
    const { names } = await walk(`${LIST}&$top=2`);
    const all = await store().migration.findMany({ select: { name: true } });
    expect(names.toSorted()).toEqual(all.map(({ name }) => name).toSorted());
  });

  test("the filter goes along, and the parameters are known in any case", async () => {
    const ended = { state: "Succeeded", substate: "Completed" };
    await store().migration.updateMany({ where: { name: { startsWith: "late" } }, data: ended });
    const active = await walk(`${LIST}&$TOP=4`);
    expect(active.names.toSorted()).toEqual(created.filter((name) => name !== "m9").toSorted());
    const all = await walk(`${LIST}&MigrationListFilter=all&$Top=4`);
    expect(all.names).toHaveLength(active.names.length + 3);
  });

  test.each([
    ["$skipToken=nonsense", "$skipToken"],
    ["$skipToken=eyJhIjoxfQ", "$skipToken"],
    ["$top=0", "$top"],
    ["$top=many", "$top"],
    ["$top=5000", "$top"],
    ["migrationListFilter=some", "migrationListFilter"],
  ])("%s is refused by name", async (query, target) => {
    const answer = await send("GET", `${LIST}&${query}`);
    expect([answer.status, answer.body.error?.code, answer.body.error?.target]).toEqual([
      400,
      "InvalidParameterValue",
      target,
    ]);
  });

  test("a token of another list is refused", async () => {
    const { nextLink = "" } = await pageAt(`${SERVERS}?${VERSION}&$top=1`).then(async (page) =>
      page.nextLink ? page : await pageAt(`${LIST}&$top=1`),
    );
    const token = new URL(nextLink).searchParams.get("$skipToken");
    const answer = await send("GET", `${SERVERS}?${VERSION}&$skipToken=${token}`);
    expect([answer.status, answer.body.error?.target]).toEqual([400, "$skipToken"]);
  });
});

test("servers come in pages too, of the group and of the subscription", async () => {
  const { administratorLoginPassword: _, ...properties } = serverBody().properties;
  for (const name of ["alpha", "beta", "gamma"]) {
    expect((await send("PUT", `${SERVERS}/${name}?${VERSION}`, { properties })).status).toBe(201);
  }
  const expected = ["alpha", "beta", "crm-target", "gamma"];
  for (const list of [SERVERS, `${SUBSCRIPTION}/providers/Microsoft.DBforPostgreSQL/flexibleServers`]) {
    expect(await walk(`${list}?${VERSION}&$top=3`)).toEqual({ names: expected, sizes: [3, 1] });
  }
  expect((await pageAt(`${SERVERS.replace(GROUP, GROUP.toUpperCase())}?${VERSION}`)).value).toHaveLength(4);
});

test("comparisons of a migration come in pages, each once", async () => {
  await create("compared");
  const migrationId = await idOf("compared");
  await store().verification.createMany({
    data: Array.from({ length: 7 }, (_, index) => ({
      migrationId,
      kind: "on-demand",
      requestedBy: "tester",
      state: "equal",
      // Two at a time within one millisecond.
      createdAt: new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 2)),
    })),
  });
  const list = `${migrationPath("compared")}/verifications?${VERSION}`;
  const { names, sizes } = await walk(`${list}&$top=3`);
  expect(sizes).toEqual([3, 3, 1]);
  const newest = { orderBy: [{ createdAt: "desc" as const }, { id: "desc" as const }], select: { id: true } };
  expect(names).toEqual((await store().verification.findMany(newest)).map(({ id }) => id));
  expect((await pageAt(list)).nextLink).toBeUndefined();
  const foreign = await send("GET", `${list}&$skipToken=nonsense`);
  expect([foreign.status, foreign.body.error?.target]).toEqual([400, "$skipToken"]);
});

async function idOf(name: string): Promise<string> {
  const { body } = await send("GET", `${migrationPath(name)}?${VERSION}`);
  return (body["properties"] as { migrationId: string }).migrationId;
}
