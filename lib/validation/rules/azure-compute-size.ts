import { countNoun, formatBytes } from "@/lib/migrations/format-quantity";
import { azureSilent } from "../azure-facts";
import { readDatabasesSize } from "../databases-size";
import { defineRule } from "../rule";

/** From here on a migration is worth a larger server for its time. */
const LARGE_BYTES = 100e9;
const FEW_VCORES = 4;

/** vCores in the name of a size, Standard_D4ds_v5 say; null when it has another form. */
function vCoresOf(sku: string): number | null {
  const [, digits] = /^Standard_[A-Z]+(\d+)/i.exec(sku) ?? [];
  return digits === undefined ? null : Number(digits);
}

export const azureComputeSize = defineRule({
  id: "azure-compute-size",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "AZURE_COMPUTE_SMALL",
  alwaysChecked: false,
  asksAzure: true,
  title: "the flexible server is large enough to be migrated into",
  why: "A Burstable server is throttled once its credits are spent, and one or two vCores copy and build indexes one after another: large databases take many times longer.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general:
      "Under Compute + storage choose a General Purpose or Memory Optimized size with 4 vCores or more for the time of the migration; scaling down afterwards is allowed.",
  },
  needs:
    "the target has to be registered by Servers, Find in Azure, and the identity Howdah has there needs Microsoft.DBforPostgreSQL/flexibleServers/read on it (role Reader).",
  async check({ azure, source, databases }) {
    if (!azure) return { checked: "The target was not found in Azure.", problems: [] };
    if (!azure.server) return azureSilent(azure);
    const { sku } = azure.server;
    if (!sku) return { checked: "Azure tells no size.", problems: [] };
    const bytes = await readDatabasesSize(source.client, databases);
    const vCores = vCoresOf(sku.name);
    const isSmall = vCores !== null && vCores < FEW_VCORES && bytes >= LARGE_BYTES;
    const problems = [];
    if (sku.tier === "Burstable") {
      problems.push({ message: `The target is of the Burstable tier (${sku.name}).` });
    } else if (isSmall) {
      problems.push({
        message: `The target has ${countNoun(vCores, "vCore")} (${sku.name}) for ${formatBytes(bytes)} of databases.`,
      });
    }
    return { checked: `The target is ${sku.name}, ${sku.tier}.`, problems };
  },
});
