import { librariesOf } from "@/lib/migrations/extension-libraries";
import { defineRule } from "../rule";

export const preloadedLibraries = defineRule({
  id: "preloaded-libraries",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Failed",
  code: "LIBRARY_NOT_PRELOADED",
  title: "libraries of the extensions are loaded at the start of the target",
  why: "These extensions can be created or work only when shared_preload_libraries names their library.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Add the libraries to shared_preload_libraries on the target and restart it.",
    azure:
      "Select the libraries in the server parameter shared_preload_libraries and restart the server; for a target that was found in Azure Howdah offers to do both.",
  },
  needs: "grant pg_read_all_settings to the target login.",
  async check({ source, target }) {
    const { rows } = await source.client.query<{ name: string }>(
      "select extname::text as name from pg_extension",
    );
    const needed = librariesOf(rows.map(({ name }) => name));
    if (needed.length === 0) {
      return { checked: "No extension in use needs a preloaded library.", problems: [] };
    }
    const { rows: settings } = await target.client.query<{ libraries: string }>(
      "select current_setting('shared_preload_libraries') as libraries",
    );
    const loaded = new Set((settings[0]?.libraries ?? "").split(",").map((name) => name.trim()));
    const missing = needed.filter((library) => !loaded.has(library));
    return {
      checked: `Loaded at the start of the target: ${needed.join(", ")}.`,
      problems:
        missing.length === 0
          ? []
          : [
              {
                message: `Not in shared_preload_libraries on the target: ${missing.join(", ")}.`,
                objects: missing,
              },
            ],
    };
  },
});
