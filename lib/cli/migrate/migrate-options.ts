import type { MigrationOption } from "@/lib/migrations/vocabulary";
import type { SelectionOptions } from "./database-selections";

/** `howdah migrate`'s options as typed. */
export interface MigrateOptions extends SelectionOptions {
  source: string;
  target: string;
  databases?: string[];
  all?: true;
  name?: string;
  option: MigrationOption;
  overwrite?: true;
  jobs?: number;
  json?: true;
}
