import type { AzureAccount } from "@/lib/azure/azure-account";
import { openAzurePrincipal } from "@/lib/store/azure-principal";

/**
 * Access to Azure as the identity the store holds, or the machine's own. Azure's client libraries are loaded by the first call:
 * a worker that never asks Azure anything is spared what they take of its memory. Throws what the store throws.
 */
export async function openAccount(): Promise<AzureAccount> {
  const { AzureAccount } = await import("@/lib/azure/azure-account");
  return new AzureAccount({ principal: await openAzurePrincipal() });
}
