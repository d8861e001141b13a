import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StandInArm } from "@/lib/azure/testing/stand-in-arm";
import { serveMigrations } from "@/lib/azure/testing/stand-in-migrations";
import { PRINCIPAL } from "@/lib/azure/testing/stand-in-sign-in";

/** Azure's sign-in and management endpoint as recorded, and the variables that lead Howdah there. */
export async function startAzure(): Promise<AsyncDisposable & { env: Readonly<Record<string, string>> }> {
  const arm = await StandInArm.start();
  serveMigrations(arm);
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
