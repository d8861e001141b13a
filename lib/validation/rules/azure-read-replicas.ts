import { azureSilent } from "../azure-facts";
import { defineRule } from "../rule";

export const azureReadReplicas = defineRule({
  id: "azure-read-replicas",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "AZURE_READ_REPLICAS",
  alwaysChecked: false,
  asksAzure: true,
  title: "the flexible server has no read replicas yet",
  why: "Everything written to the target is sent to its read replicas as well; one that falls behind keeps WAL on the target, which can fill its storage.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Delete them under Settings, Replication of the server, and create them after the migration.",
  },
  needs:
    "the target has to be registered by Servers, Find in Azure, and the identity Howdah has there needs Microsoft.DBforPostgreSQL/flexibleServers/read on it (role Reader).",
  async check({ azure }) {
    if (!azure) return { checked: "The target was not found in Azure.", problems: [] };
    if (!azure.server) return azureSilent(azure);
    const { replicas } = azure.server;
    const count = replicas.length === 1 ? "1 read replica" : `${replicas.length} read replicas`;
    return {
      checked: "It has no read replicas.",
      problems:
        replicas.length === 0
          ? []
          : [{ message: `The target has ${count} in Azure.`, objects: [...replicas] }],
    };
  },
});
