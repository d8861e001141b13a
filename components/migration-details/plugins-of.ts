import type { OnlineDetails } from "@/lib/migrations/read-model";
import type { OutputPluginName } from "@/lib/migrations/vocabulary";

/** What the changes of its databases are read with; empty while Howdah has not chosen yet. */
export function pluginsOf({ plugin, databases }: OnlineDetails): OutputPluginName[] {
  if (plugin !== null) return [plugin];
  return [...new Set(databases.flatMap((database) => database.plugin ?? []))];
}
