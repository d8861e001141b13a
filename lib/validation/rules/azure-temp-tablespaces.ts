import { defineRule } from "../rule";

export const azureTempTablespaces = defineRule({
  id: "azure-temp-tablespaces",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Warning",
  code: "TEMP_ON_LOCAL_SSD",
  alwaysChecked: false,
  title: "temporary files of the flexible server are not on its local SSD",
  why: "The local SSD of a flexible server is small; index builds and sorts of a migration can fill it.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general:
      'Set the server parameter azure.enable_temp_tablespaces_on_local_ssd to OFF for the time of the migration; "Tune the target while it migrates" does so for a target that was found in Azure.',
  },
  async check({ target }) {
    const { rows } = await target.client.query<{ value: string | null }>(
      "select current_setting('azure.enable_temp_tablespaces_on_local_ssd', true) as value",
    );
    const value = rows[0]?.value ?? null;
    return {
      checked:
        value === null ? "The target has no such setting." : "Temporary files are not on the local SSD.",
      problems:
        value === "on"
          ? [{ message: "azure.enable_temp_tablespaces_on_local_ssd is on at the target." }]
          : [],
    };
  },
});
