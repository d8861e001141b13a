import type { MigrationOption } from "@/lib/migrations/vocabulary";

/** `howdah migrate`'s options as typed. */
export interface MigrateOptions {
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
