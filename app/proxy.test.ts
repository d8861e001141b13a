import { randomBytes } from "node:crypto";
import { sealData } from "iron-session";
import { NextRequest } from "next/server";
import { beforeAll, describe, expect, it } from "vitest";
import { SESSION_COOKIE, sessionOptions } from "@/lib/server/session-cookie";
import { proxy } from "@/proxy";

beforeAll(() => {
  process.env["HOWDAH_SECRET_KEY"] = randomBytes(32).toString("hex");
  process.env["HOWDAH_ALLOWED_HOSTS"] = "migrate.example.com";
});

const ask = (path: string, headers: Record<string, string> = {}) =>
  proxy(new NextRequest(`http://localhost:3000${path}`, { headers: { host: "localhost:3000", ...headers } }));

async function cookieFor(session: object, password = sessionOptions(false).password): Promise<string> {
  return `${SESSION_COOKIE}=${await sealData(session, { password })}`;
}

describe("host names", () => {
  it("refuses every path under a name that was rebound to this machine", async () => {
    for (const path of ["/", "/sign-in", "/api/health", "/subscriptions", "/favicon.ico"]) {
      const response = await ask(path, { host: "evil.example:3000" });
      expect(response.status, path).toBe(403);
      expect(await response.json()).toMatchObject({ error: { code: "HostNotAllowed" } });
    }
  });

  it("answers to names it was given", async () => {
    expect((await ask("/sign-in", { host: "migrate.example.com" })).status).toBe(200);
  });
});

describe("pages", () => {
  const goesOn = (response: Response) => response.headers.get("x-middleware-next") === "1";

  it("go on with a cookie sealed here only", async () => {
    expect(goesOn(await ask("/", { cookie: await cookieFor({ secret: "s" }) }))).toBe(true);
    for (const cookie of [
      "",
      `${SESSION_COOKIE}=nonsense`,
      await cookieFor({ secret: "s" }, randomBytes(32).toString("base64")),
      await cookieFor({}),
    ]) {
      const response = await ask("/migrations/new", { cookie });
      expect([response.status, response.headers.get("location")]).toEqual([
        307,
        "http://localhost:3000/sign-in",
      ]);
    }
    expect(goesOn(await ask("/sign-in"))).toBe(true);
    expect(goesOn(await ask("/migrations/x.png"))).toBe(false);
  });

  it("carry a policy with a nonce of their own, which Next is told too", async () => {
    const policies = [await ask("/sign-in"), await ask("/sign-in")].map((response) => {
      const policy = response.headers.get("content-security-policy") ?? "";
      expect(response.headers.get("x-middleware-request-content-security-policy")).toBe(policy);
      return policy;
    });
    expect(policies[0]).toMatch(/script-src 'self' 'nonce-[\w+/=]{24}' 'strict-dynamic';/);
    expect(policies[0]).toContain("frame-ancestors 'none'");
    expect(policies[0]).not.toContain("unsafe-eval");
    expect(policies[0]).not.toBe(policies[1]);
  });
});

describe("the API", () => {
  it("says what is wrong with a path Next cannot decode", async () => {
    const response = await ask("/subscriptions/%E0%A4%A");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "InvalidRequestUri" } });
  });

  it("is reached under any case of its first word", async () => {
    const response = await ask("/SubScriptions/a/ResourceGroups?api-version=1");
    expect(response.headers.get("x-middleware-rewrite")).toBe(
      "http://localhost:3000/subscriptions/a/ResourceGroups?api-version=1",
    );
    expect((await ask("/subscriptionsx/a")).status).toBe(307);
  });

  it("is left to authenticate itself, with the headers every answer has", async () => {
    const response = await ask("/api/migrations");
    expect(response.headers.get("x-middleware-next")).toBe("1");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
    });
  });
});
