import { afterAll, beforeAll, expect } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { createApiToken } from "@/lib/store/access-tokens";
import { startTestStore } from "@/lib/store/testing/test-store";
import { type ServedApp, serveApp } from "./serve-app";

export const VERSION = "api-version=2025-08-01";
export const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
export const GROUP = `${SUBSCRIPTION}/resourceGroups/local`;
export const SERVERS = `${GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers`;
export const SOURCE_PASSWORD = `s0urce"'\\;--ü`;

export interface Answer {
  status: number;
  headers: Headers;
  // Bodies are looked at by shape.
  body: { error?: { code: string; message: string; target?: string } } & Record<string, unknown>;
}

/** The ARM resource of a migration of the server `crm-target`. */
export const migrationPath = (name: string) => `${SERVERS}/crm-target/migrations/${name}`;

/**
 * Serves the app for the tests of a file, on a store of its own, with one target server registered as `crm-target` and a token of
 * an operator. Everything ends with the file.
 */
export class ArmApp {
  #app: ServedApp | undefined;
  #store: Awaited<ReturnType<typeof startTestStore>> | undefined;
  #target: TestServer | undefined;
  #token = "";

  /** Puts the hooks of the file in place. */
  static forFile(): ArmApp {
    const served = new ArmApp();
    beforeAll(() => served.#start());
    afterAll(() => served.#stop());
    return served;
  }

  get target(): TestServer {
    if (!this.#target) throw new Error("The target server was not started.");
    return this.#target;
  }

  /** "http://127.0.0.1:40123" */
  get baseUrl(): string {
    return this.#app?.baseUrl ?? "";
  }

  /** Sends a request and reads its answer; a text as body is sent as it is. */
  send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch((this.#app?.baseUrl ?? "") + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
    };
  };

  create = (name: string, properties?: Record<string, unknown>, headers?: Record<string, string>) =>
    this.send("PUT", `${migrationPath(name)}?${VERSION}`, this.migrationBody(properties), headers);

  patch = (name: string, properties: Record<string, unknown>) =>
    this.send("PATCH", `${migrationPath(name)}?${VERSION}`, { properties });

  serverBody = (properties: Record<string, unknown> = {}) => {
    const { target } = this;
    return {
      location: "local",
      tags: { team: "crm" },
      properties: {
        fullyQualifiedDomainName: target.host,
        administratorLogin: target.user,
        administratorLoginPassword: target.password,
        howdah: { port: target.port, sslMode: "prefer" },
        ...properties,
      },
    };
  };

  migrationBody = (properties: Record<string, unknown> = {}) => ({
    location: "eastus2euap",
    properties: {
      migrationMode: "offline",
      migrationOption: "validate",
      sourceType: "OnPremises",
      sourceDbServerResourceId: "db.example.com:5432@postgres",
      secretParameters: {
        adminCredentials: {
          sourceServerPassword: SOURCE_PASSWORD,
          targetServerPassword: this.target.password,
        },
        targetServerUsername: "admin1",
      },
      dbsToMigrate: ["crm"],
      ...properties,
    },
  });

  async #start(): Promise<void> {
    [this.#store, this.#target] = await Promise.all([startTestStore(), startTestServer(17)]);
    this.#app = await serveApp();
    this.#token = await createApiToken({ name: "tester", role: "operator" });
    const put = await this.send("PUT", `${SERVERS}/crm-target?${VERSION}`, this.serverBody());
    expect(put.status).toBe(201);
  }

  async #stop(): Promise<void> {
    await this.#app?.[Symbol.asyncDispose]();
    await this.#store?.[Symbol.asyncDispose]();
    await this.#target?.[Symbol.asyncDispose]();
  }
}
