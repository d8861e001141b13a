import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StandInArm } from "@/lib/azure/testing/stand-in-arm";
import { serveMigrations } from "@/lib/azure/testing/stand-in-migrations";
import { serveParameters } from "@/lib/azure/testing/stand-in-parameters";
import { PRINCIPAL } from "@/lib/azure/testing/stand-in-sign-in";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { literal } from "@/lib/postgres/sql";

/** Of the libraries Azure offers, those that the servers here have. */
const LIBRARIES: readonly string[] = ["pg_prewarm", "pg_stat_statements"];

/**
 * Azure's sign-in and management endpoint as recorded, and the variables that lead Howdah there. Extensions it allows are allowed on
 * `target`, libraries it is to load are loaded there after `restart`.
 */
export async function startAzure(
  target: ConnectionSettings,
  restart: () => Promise<void>,
): Promise<AsyncDisposable & { env: Readonly<Record<string, string>> }> {
  const arm = await StandInArm.start();
  serveMigrations(arm);
  serveParameters(arm, {
    async set(name, value) {
      if (name === "azure.extensions") await allowExtensions(target, value ?? "");
      if (name === "shared_preload_libraries") await preload(target, value ?? "");
    },
    restart,
    isQuick: true,
  });
  const folder = mkdtempSync(join(tmpdir(), "howdah-e2e-azure-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, arm.ca);
  return {
    env: {
      HOWDAH_AZURE_ENDPOINT: arm.endpoint,
      HOWDAH_AZURE_CA_FILE: caFile,
      HOWDAH_AZURE_POLL_SECONDS: "0.5",
      AZURE_AUTHORITY_HOST: arm.endpoint,
      AZURE_TENANT_ID: PRINCIPAL.tenantId,
      AZURE_CLIENT_ID: PRINCIPAL.clientId,
      AZURE_CLIENT_SECRET: PRINCIPAL.clientSecret,
    },
    async [Symbol.asyncDispose]() {
      await arm[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function preload(target: ConnectionSettings, list: string): Promise<void> {
  const there = list.split(",").filter((library) => LIBRARIES.includes(library));
  const client = await connect(target, { applicationName: "howdah e2e" });
  try {
    const libraries = there.map((library) => literal(library)).join(", ");
    await client.query(`alter system set shared_preload_libraries = ${libraries || "''"}`);
  } finally {
    await client.end();
  }
}

/** Makes the server one that allows only these extensions, as a flexible server does; null: all it has, since it stays one until it is restarted. */
export async function allowExtensions(target: ConnectionSettings, list: string | null): Promise<void> {
  const client = await connect(target, { applicationName: "howdah e2e" });
  try {
    const all = await client.query<{ list: string }>(
      "select string_agg(name, ',') as list from pg_available_extensions",
    );
    const allowed = list ?? all.rows[0]?.list ?? "";
    await client.query(`alter system set azure.extensions = ${literal(allowed)}`);
    await client.query("select pg_catalog.pg_reload_conf()");
  } finally {
    await client.end();
  }
}
