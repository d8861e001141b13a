import type { MigrationOption } from "@/lib/migrations/vocabulary";
import type { SelectionOptions } from "./database-selections";
import type { OnlineMigrateOptions } from "./online-options";

/** `howdah migrate`'s options as typed. */
export interface MigrateOptions extends SelectionOptions, OnlineMigrateOptions {
  source: string;
  target: string;
  databases?: string[];
  all?: true;
  name?: string;
  option: MigrationOption;
  overwrite?: true;
  jobs?: number;
  vacuum?: true;
  json?: true;
}
