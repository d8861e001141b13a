import type pg from "pg";
import { isIndispensable, librariesOf } from "@/lib/migrations/extension-libraries";
import { defineRule, type RuleProblem } from "../rule";

const NEEDS = "grant pg_read_all_settings to the target login.";

export const preloadedLibraries = defineRule({
  id: "preloaded-libraries",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Failed",
  code: "LIBRARY_NOT_PRELOADED",
  title: "libraries of the extensions are loaded at the start of the target",
  why: "Some extensions can be created only when shared_preload_libraries names their library, others lack their background worker or hook without it.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Add the libraries to shared_preload_libraries on the target and restart it.",
    azure:
      "Select the libraries in the server parameter shared_preload_libraries and restart the server; for a target that was found in Azure Howdah offers to do both.",
  },
  needs: NEEDS,
  async check({ source, target, providers }) {
    const { rows } = await source.client.query<{ name: string }>(
      "select extname::text as name from pg_extension",
    );
    const needed = librariesOf(rows.map(({ name }) => name));
    if (needed.length === 0) {
      return { checked: "No extension in use needs a preloaded library.", problems: [] };
    }
    const loaded = await readLoaded(target.client);
    if (!loaded) {
      const because = "the target login may not see shared_preload_libraries.";
      return { checked: "", problems: [], notChecked: { because, remedy: NEEDS } };
    }
    const lacking = needed.filter((library) => !loaded.has(library));
    // Azure's service refuses such extensions; elsewhere what the source does without the target may do without.
    const isRefused = (library: string) => providers.target === "azure" || isIndispensable(library);
    const used = providers.target === "azure" ? null : await readLoaded(source.client);
    const missed = lacking.filter((library) => !isRefused(library) && (used?.has(library) ?? true));
    const refused = lacking.filter(isRefused);
    return {
      checked:
        lacking.length === 0
          ? `Loaded at the start of the target: ${needed.join(", ")}.`
          : `Neither server loads ${lacking.join(", ")} at its start; the extensions work without.`,
      problems: [
        ...(refused.length === 0 ? [] : [problemOf(refused)]),
        ...(missed.length === 0 ? [] : [{ ...problemOf(missed), severity: "Warning" as const }]),
      ],
    };
  },
});

function problemOf(libraries: string[]): RuleProblem {
  return {
    message: `Not in shared_preload_libraries on the target: ${libraries.join(", ")}.`,
    objects: libraries,
  };
}

/** null when the login may not see the setting. Throws what else the server reports. */
async function readLoaded(client: pg.Client): Promise<ReadonlySet<string> | null> {
  const { rows } = await client.query<{ libraries: string }>(
    "select setting as libraries from pg_settings where name = 'shared_preload_libraries'",
  );
  const [row] = rows;
  return row ? new Set(row.libraries.split(",").map((name) => name.trim())) : null;
}
