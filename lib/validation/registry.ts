import type { DatabaseRule, ServerRule } from "./rule";
import { databaseLocale } from "./rules/database-locale";
import { differentServers } from "./rules/different-servers";
import { extensionsAvailable } from "./rules/extensions-available";
import { noDowngrade } from "./rules/no-downgrade";
import { sourceVersion } from "./rules/source-version";
import { targetMayCreateDatabases } from "./rules/target-may-create-databases";
import { targetWritable } from "./rules/target-writable";

/** Checked once, in this order, after both servers were reached. */
export const SERVER_RULES: readonly ServerRule[] = [
  sourceVersion,
  noDowngrade,
  differentServers,
  targetWritable,
  targetMayCreateDatabases,
];

/** Checked for every database that could be opened on the source. */
export const DATABASE_RULES: readonly DatabaseRule[] = [extensionsAvailable, databaseLocale];
