import { AzureAccount } from "@/lib/azure/azure-account";
import { findAzurePrincipal, openAzurePrincipal } from "@/lib/store/azure-principal";

let known: { account: AzureAccount; of: string } | null = null;

/** Howdah in Azure, as the one it is signed in as now; its token is kept from call to call. Throws CodedError SECRET_UNREADABLE. */
export async function azureAccount(): Promise<AzureAccount> {
  const principal = await findAzurePrincipal();
  const of = principal === null ? "machine" : principal.updatedAt.toISOString();
  if (known?.of !== of) known = { of, account: new AzureAccount({ principal: await openAzurePrincipal() }) };
  return known.account;
}

/** Who that is, without signing in. */
export async function readAzureAccount() {
  const principal = await findAzurePrincipal();
  const { endpoint } = await azureAccount();
  return {
    endpoint,
    principal: principal && { tenantId: principal.tenantId, clientId: principal.clientId },
  };
}
