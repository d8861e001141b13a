import { type APIRequest, test as base, expect } from "@playwright/test";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import { type Environment, readEnvironment } from "./environment";
import { newSignInLink } from "./new-sign-in-link";

type Context = Awaited<ReturnType<APIRequest["newContext"]>>;
type StorageState = Awaited<ReturnType<Context["storageState"]>>;

interface Session {
  environment: Environment;
  /** A browser's state after signing in as administrator. */
  storageState: StorageState;
}

/** For `test.use`: a page without a session. */
export const SIGNED_OUT: StorageState = { cookies: [], origins: [] };

/**
 * Playwright's test against the running Howdah: `page` is signed in as administrator, `environment` says where the servers
 * are, and `api` sends requests with an operator's bearer token. A test fails when a page of its `context` has thrown, was
 * rendered otherwise than by the server, or asked for what its content policy refuses.
 */
export const test = base.extend<
  { environment: Environment; api: Context; complaints: readonly string[] },
  { session: Session }
>({
  session: [
    async ({ playwright }, use, { parallelIndex }) => {
      const environment = readEnvironment(parallelIndex);
      const context = await playwright.request.newContext({
        baseURL: environment.baseUrl,
        extraHTTPHeaders: { origin: environment.baseUrl },
      });
      // A link of its own: after a failed test Playwright goes on in a fresh worker.
      const token = new URL(await newSignInLink(environment)).hash.replace("#token=", "");
      const answer = await context.post("/api/session", { data: { token } });
      expect(answer.status(), await answer.text()).toBeLessThan(300);
      await use({ environment, storageState: await context.storageState() });
      await context.dispose();
    },
    { scope: "worker" },
  ],
  environment: ({ session }, use) => use(session.environment),
  baseURL: ({ session }, use) => use(session.environment.baseUrl),
  storageState: ({ session }, use) => use(session.storageState),
  api: async ({ playwright, environment }, use) => {
    const context = await playwright.request.newContext({
      baseURL: environment.baseUrl,
      extraHTTPHeaders: { authorization: `Bearer ${environment.token}` },
    });
    await use(context);
    await context.dispose();
  },
  complaints: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      context.on("weberror", (error) => complaints.push(String(error.error())));
      context.on("console", (message) => {
        // The browser's own words for an answer like 403 or none at all, which tests ask for.
        if (message.type() !== "error" || message.text().startsWith("Failed to load resource")) return;
        complaints.push(`${message.text()} (${message.location().url})`);
      });
      await use(complaints);
      expect(complaints, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Drops databases of these names from the target, so that a test meets an empty one. */
export async function dropFromTarget(target: ConnectionSettings, names: readonly string[]): Promise<void> {
  const client = await connect(target, { applicationName: "howdah e2e" });
  try {
    for (const name of names) await client.query(`drop database if exists ${ident(name)} with (force)`);
  } finally {
    await client.end();
  }
}
