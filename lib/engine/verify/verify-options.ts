import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { DatabaseFilter } from "../filter/database-filter";
import type { ThrottleLimits } from "../throttle";
import type { VerifyReport } from "./verify-events";

/** Input of verifyDatabase(), which lives in verify-database.ts. */
export interface VerifyDatabaseOptions {
  /** Both name the database to compare; nothing is written to either. */
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** What was moved; absent: everything. */
  filter?: DatabaseFilter;
  /** Only these tables (patterns of lib/util/object-pattern.ts); absent: everything, objects besides tables included. */
  onlyTables?: string[];
  /** Readers per side; default chosen from the servers. */
  jobs?: number;
  /** Read again and again while it runs. */
  limits?: () => ThrottleLimits;
  /** Rows told per table; default 1,000. */
  maxDifferences?: number;
  report: VerifyReport;
  signal: AbortSignal;
}

/** equal: everything was compared and is the same. incomplete: nothing differs, but something could not be compared. */
export interface DatabaseVerification {
  outcome: "equal" | "different" | "incomplete";
  items: number;
  different: number;
  unchecked: number;
}
