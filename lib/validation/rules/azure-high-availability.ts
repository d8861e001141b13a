import { azureSilent } from "../azure-facts";
import { defineRule } from "../rule";

export const azureHighAvailability = defineRule({
  id: "azure-high-availability",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "AZURE_HIGH_AVAILABILITY",
  alwaysChecked: false,
  asksAzure: true,
  title: "high availability of the flexible server is off",
  why: "Every commit waits for the standby in the other zone or rack, which makes the copy slower; the documents of Azure's migration service ask for it to be off.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Turn it off under Settings, High availability of the server, and on again after the migration.",
  },
  needs:
    "the target has to be registered by Servers, Find in Azure, and the identity Howdah has there needs Microsoft.DBforPostgreSQL/flexibleServers/read on it (role Reader).",
  async check({ azure }) {
    if (!azure) return { checked: "The target was not found in Azure.", problems: [] };
    if (!azure.server) return azureSilent(azure);
    const { isOn, mode } = azure.server.highAvailability;
    return {
      checked: "High availability is off.",
      problems: isOn ? [{ message: `High availability of the target is on (${mode}).` }] : [],
    };
  },
});
