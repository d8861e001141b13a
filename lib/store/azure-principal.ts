import type { AzurePrincipalBody } from "@/lib/migrations/azure-contract";
import { store } from "./client";
import { seal, unseal } from "./seal";
import { secretKey } from "./secret-key";

const ID = "default";

/** The secret opens for this principal alone. */
function context(tenantId: string, clientId: string): string {
  return `howdah azure ${tenantId} ${clientId}`;
}

/** Who Howdah signs in to Azure as, without the secret; null when it is what the machine is signed in as. */
export async function findAzurePrincipal(): Promise<{
  tenantId: string;
  clientId: string;
  updatedAt: Date;
} | null> {
  return await store().azurePrincipal.findUnique({
    where: { id: ID },
    select: { tenantId: true, clientId: true, updatedAt: true },
  });
}

/** With the secret; only to sign in. Throws CodedError SECRET_UNREADABLE. */
export async function openAzurePrincipal(): Promise<AzurePrincipalBody | null> {
  const row = await store().azurePrincipal.findUnique({ where: { id: ID } });
  if (!row) return null;
  const { tenantId, clientId, sealed } = row;
  return { tenantId, clientId, clientSecret: unseal(sealed, secretKey(), context(tenantId, clientId)) };
}

/** Replaces it; the secret is kept sealed. */
export async function saveAzurePrincipal({
  tenantId,
  clientId,
  clientSecret,
}: AzurePrincipalBody): Promise<void> {
  const sealed = new Uint8Array(seal(clientSecret, secretKey(), context(tenantId, clientId)));
  const row = { tenantId, clientId, sealed };
  await store().azurePrincipal.upsert({ where: { id: ID }, create: { id: ID, ...row }, update: row });
}

/** Forgets it: what the machine is signed in as counts again. */
export async function deleteAzurePrincipal(): Promise<void> {
  await store().azurePrincipal.deleteMany({ where: { id: ID } });
}
