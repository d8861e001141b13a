import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type AppFile, loadRoute, pageFiles, routeFiles } from "@/lib/server/testing/app-routes";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken, createSignInToken, revokeAccessToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { startTestStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

/** What anybody may ask; everything else takes a session or a token. */
const OPEN = ["GET /api/health", "POST /api/session"];
const OPEN_PAGES = ["/sign-in"];

let app: ServedApp;
let testStore: Awaited<ReturnType<typeof startTestStore>>;

beforeAll(async () => {
  testStore = await startTestStore();
  app = await serveApp();
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await testStore?.[Symbol.asyncDispose]();
});

async function signIn(token: string): Promise<Response> {
  return await fetch(`${app.baseUrl}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: app.baseUrl },
    body: JSON.stringify({ token }),
  });
}

async function sessionCookie(role: "viewer" | "operator" | "admin" = "admin"): Promise<string> {
  const response = await signIn(await createSignInToken({ name: "ada", role }));
  expect(response.status).toBe(201);
  return (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

const examplePath = ({ path }: AppFile) =>
  path.replace(/\[\[?\.\.\.\w+\]?\]/, "x/y").replace(/\[\w+\]/g, "0199aaaa-0000-7000-8000-000000000000");

describe("everything is closed to strangers", () => {
  test("each method of each route, but the named ones", async () => {
    const routes = routeFiles();
    expect(routes.length).toBeGreaterThan(8);
    for (const route of routes) {
      for (const method of Object.keys(await loadRoute(route))) {
        const call = `${method} ${examplePath(route)}`;
        if (OPEN.includes(call)) continue;
        const response = await fetch(app.baseUrl + examplePath(route), { method });
        expect(response.status, call).toBe(401);
        expect(await response.json(), call).toMatchObject({ error: { code: "AuthenticationFailed" } });
      }
    }
  });

  test("each page, but sign-in", async () => {
    for (const page of pageFiles()) {
      const response = await fetch(app.baseUrl + examplePath(page), { redirect: "manual" });
      if (OPEN_PAGES.includes(page.path)) expect(response.status, page.path).toBe(200);
      else
        expect([response.status, page.path, response.headers.get("location")]).toEqual([
          307,
          page.path,
          expect.stringMatching(/\/sign-in$/),
        ]);
    }
  });

  test("a forged cookie or token opens nothing", async () => {
    for (const headers of [
      { cookie: "howdah_session=Fe26.2*1*abc*def*ghi**jkl" },
      { authorization: "Bearer hat_wrong" },
      { authorization: "Basic YTpi" },
      { authorization: `Bearer ${await createSignInToken({ name: "x", role: "admin" })}` },
    ]) {
      const response = await fetch(`${app.baseUrl}/api/migrations`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
    }
  });
});

describe("signing in", () => {
  test("a link works once, and the cookie is out of reach of scripts and other sites", async () => {
    const token = await createSignInToken({ name: "ada", role: "operator" });
    const [first, second] = await Promise.all([signIn(token), signIn(token)]);
    expect([first.status, second.status].sort()).toEqual([201, 401]);
    const good = first.status === 201 ? first : second;
    expect(await good.json()).toMatchObject({ name: "ada", role: "operator" });
    const cookie = good.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    expect(cookie).not.toMatch(/Secure/i);
    expect((await signIn(token)).status).toBe(401);
  });

  test("behind https the cookie is secure", async () => {
    const token = await createSignInToken({ name: "ada", role: "viewer" });
    const response = await fetch(`${app.baseUrl}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-proto": "https" },
      body: JSON.stringify({ token }),
    });
    expect(response.headers.get("set-cookie")).toMatch(/Secure/i);
  });

  test("an hour later the link is dead", async () => {
    const token = await createSignInToken({ name: "late", role: "viewer" });
    await store().accessToken.updateMany({
      where: { name: "late" },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    const response = await signIn(token);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: "SignInTokenInvalid" } });
  });

  test("nothing that opens a door is stored readable", async () => {
    const token = await createApiToken({ name: "ci", role: "viewer" });
    await sessionCookie();
    const rows = JSON.stringify(await store().accessToken.findMany());
    expect(rows).not.toContain(token);
    expect(rows).not.toContain(token.slice(4));
  });

  test("signing out ends the session at once, also for a copy of the cookie", async () => {
    const cookie = await sessionCookie();
    const out = await fetch(`${app.baseUrl}/api/session`, {
      method: "DELETE",
      headers: { cookie, origin: app.baseUrl },
    });
    expect(out.status).toBe(204);
    expect(out.headers.get("set-cookie")).toMatch(/Max-Age=0|Expires=Thu, 01 Jan 1970/i);
    expect((await fetch(`${app.baseUrl}/api/session`, { headers: { cookie } })).status).toBe(401);
  });

  test("a revoked token is refused", async () => {
    const token = await createApiToken({ name: "gone", role: "admin" });
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${app.baseUrl}/api/session`, { headers })).status).toBe(200);
    const row = await store().accessToken.findFirstOrThrow({ where: { name: "gone" } });
    await revokeAccessToken(row.id);
    expect((await fetch(`${app.baseUrl}/api/session`, { headers })).status).toBe(401);
  });
});

describe("other sites", () => {
  const change = (headers: Record<string, string>) =>
    fetch(`${app.baseUrl}/api/session`, { method: "DELETE", headers });

  test("a signed-in browser changes nothing for another origin, nor for none", async () => {
    const cookie = await sessionCookie();
    for (const origin of [
      "https://evil.example",
      "null",
      `${app.baseUrl}.evil.example`,
      "http://127.0.0.1:1",
    ]) {
      expect((await change({ cookie, origin })).status, origin).toBe(403);
    }
    expect((await change({ cookie })).status).toBe(403);
    expect((await change({ cookie, origin: app.baseUrl })).status).toBe(204);
  });

  test("nor does another site sign a person in", async () => {
    const token = await createSignInToken({ name: "ada", role: "viewer" });
    const response = await fetch(`${app.baseUrl}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://evil.example" },
      body: JSON.stringify({ token }),
    });
    expect(response.status).toBe(403);
    expect((await signIn(token)).status).toBe(201);
  });
});

describe("roles", () => {
  const body = JSON.stringify({
    side: "source",
    host: "127.0.0.1",
    port: 1,
    user: "u",
    password: "p",
    sslMode: "Prefer",
  });
  const probe = async (role: "viewer" | "operator") =>
    await fetch(`${app.baseUrl}/api/connection-tests`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await createApiToken({ name: role, role })}`,
      },
      body,
    });

  test("viewers read, operators act, admins see the log", async () => {
    const refused = await probe("viewer");
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: "AuthorizationFailed" } });
    expect((await probe("operator")).status).toBe(200);
    const log = async (role: "operator" | "admin") =>
      (await fetch(`${app.baseUrl}/api/audit-events`, { headers: { cookie: await sessionCookie(role) } }))
        .status;
    expect(await log("operator")).toBe(403);
    expect(await log("admin")).toBe(200);
  });

  test("refusals and deeds are in the log, without secrets", async () => {
    const response = await fetch(`${app.baseUrl}/api/audit-events?limit=200`, {
      headers: { cookie: await sessionCookie() },
    });
    const { events } = (await response.json()) as {
      events: { action: string; actor: string; outcome: string; target: string; address: string }[];
    };
    const tests = events.filter(({ action }) => action === "Howdah/connectionTests/action");
    expect(tests.map(({ actor, outcome }) => `${actor}: ${outcome}`)).toEqual([
      "operator: succeeded",
      "viewer: refused: AuthorizationFailed",
    ]);
    expect(tests[0]).toMatchObject({ target: "127.0.0.1:1", address: expect.stringContaining("127.0.0.1") });
    expect(JSON.stringify(events)).not.toMatch(/hsi_|hat_|"p"/);
  });
});
