import { defineRule } from "../rule";

export const extensionVersions = defineRule({
  id: "extension-versions",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Warning",
  code: "EXTENSION_VERSION_DIFFERS",
  title: "extensions come in the same version on the target",
  why: "The target creates its own default version; objects and values that only the source's version knows may not fit.",
  side: "target",
  fix: {
    general:
      "Update the extension on the source first (alter extension ... update), or test the application against the target's version.",
  },
  async check({ source, target }) {
    const [here, there] = await Promise.all([
      source.client.query<{ name: string; version: string }>(
        "select extname::text as name, extversion as version from pg_extension where extname <> 'plpgsql' order by 1",
      ),
      target.client.query<{ name: string; version: string }>(
        "select name::text, default_version as version from pg_available_extensions",
      ),
    ]);
    const offered = new Map(there.rows.map(({ name, version }) => [name, version]));
    const other = here.rows.filter(({ name, version }) => (offered.get(name) ?? version) !== version);
    return {
      checked: "The target offers the same version of every extension in use.",
      problems:
        other.length === 0
          ? []
          : [
              {
                message: `${other.length} ${other.length === 1 ? "extension comes" : "extensions come"} in another version on the target.`,
                objects: other.map(
                  ({ name, version }) => `${name} (source ${version}, target ${offered.get(name)})`,
                ),
              },
            ],
    };
  },
});
