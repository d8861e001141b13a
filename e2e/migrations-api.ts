import type { APIRequestContext } from "@playwright/test";
import { formatSourceAddress, type MigrationCreateInput } from "@/lib/migrations/contract";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { API_VERSION, localServerResourceId, migrationResourceId } from "@/lib/migrations/resource-paths";
import type { MigrationOption } from "@/lib/migrations/vocabulary";
import type { Environment } from "./environment";
import { expect } from "./harness";

const SERVER_NAME = "pg-e2e-target";
const POLL_MS = 300;

export interface Wanted {
  name: string;
  databases: readonly string[];
  option: MigrationOption;
  overwrite?: boolean;
  /** Howdah's own options. */
  howdah?: MigrationCreateInput["properties"]["howdah"];
}

/** Creates a migration from the test's source to its target as any ARM client would; returns the page's id. */
export async function createMigration(
  api: APIRequestContext,
  { source, target }: Environment,
  wanted: Wanted,
): Promise<string> {
  const serverId = localServerResourceId(SERVER_NAME);
  await put(api, serverId, {
    location: "local",
    properties: {
      fullyQualifiedDomainName: target.host,
      administratorLogin: target.user,
      administratorLoginPassword: target.password,
      howdah: { port: target.port, sslMode: "Require" },
    },
  });
  const body: MigrationCreateInput = {
    location: "local",
    properties: {
      migrationMode: "Offline",
      migrationOption: wanted.option,
      sourceType: "OnPremises",
      sslMode: "Require",
      sourceDbServerResourceId: formatSourceAddress(source),
      dbsToMigrate: [...wanted.databases],
      overwriteDbsInTarget: wanted.overwrite ? "True" : "False",
      ...(wanted.howdah ? { howdah: wanted.howdah } : {}),
      secretParameters: {
        adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
      },
      ...(wanted.howdah ? { howdah: wanted.howdah } : {}),
    },
  };
  const created = await put(api, migrationResourceId(serverId, wanted.name), body);
  const id: unknown = created.properties?.migrationId;
  if (typeof id !== "string") throw new Error("The migration's envelope has no migrationId.");
  return id;
}

/** Waits until the migration is in `state`; fails at once when it ended otherwise. */
export async function waitForState(
  api: APIRequestContext,
  id: string,
  state: MigrationDetails["state"],
): Promise<MigrationDetails> {
  const read = async () => (await (await api.get(`/api/migrations/${id}`)).json()) as MigrationDetails;
  let details = await read();
  await expect
    .poll(
      async () => {
        details = await read();
        return details.state === state || details.endedAt !== null ? details.state : "waiting";
      },
      { message: `state of ${details.name}`, timeout: 45_000, intervals: [POLL_MS] },
    )
    .not.toBe("waiting");
  expect(details.state, details.error ?? "").toBe(state);
  return details;
}

interface Envelope {
  properties?: { migrationId?: unknown };
}

async function put(api: APIRequestContext, resourceId: string, data: object): Promise<Envelope> {
  const answer = await api.put(`${resourceId}?api-version=${API_VERSION}`, { data });
  expect(answer.status(), await answer.text()).toBeLessThan(300);
  return (await answer.json()) as Envelope;
}
