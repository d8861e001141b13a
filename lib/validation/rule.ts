import type pg from "pg";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { ServerFacts } from "@/lib/postgres/probes/catalog-queries";
import type { ErrorCode } from "@/lib/util/error-codes";

/** Types of ARM's ValidationSummaryItem; several rules may share one. */
export const RULE_TYPES = [
  "AuthenticationAndConnectivityValidation",
  "SourceVersionValidation",
  "ServerParametersValidation",
  "ExtensionsValidation",
  "CollationsValidation",
] as const;
export type RuleType = (typeof RULE_TYPES)[number];

/** An open session on one side, with what is known of its server. */
export interface ValidationSession {
  client: pg.Client;
  settings: ConnectionSettings;
  facts: ServerFacts;
}

export interface ServerContext {
  source: ValidationSession;
  target: ValidationSession;
  databases: readonly string[];
}

/** `source.client` is connected to the database in question. */
export interface DatabaseContext extends ServerContext {
  database: string;
}

/** Something a rule found; without one the rule has passed. */
export interface RuleProblem {
  message: string;
  /** When another than the rule's own. */
  code?: ErrorCode;
  /** When more exact than the code's own. */
  remedy?: string;
  /** Names of the objects concerned. */
  objects?: string[];
  /** When another than the rule's own. */
  severity?: "Failed" | "Warning";
}

export interface RuleOutcome {
  /** What was looked at and found, in one sentence; said when there is no problem. */
  checked: string;
  problems: RuleProblem[];
}

interface RuleBase {
  /** File name in lib/validation/rules; stable. */
  id: string;
  type: RuleType;
  severity: "Failed" | "Warning";
  /** Code of its problems. */
  code: ErrorCode;
}

/** A check of the pair of servers. */
export interface ServerRule extends RuleBase {
  level: "server";
  /** Also checked before a migration that asked for no validation: going on would do harm or cannot work. */
  alwaysChecked: boolean;
  check(context: ServerContext): Promise<RuleOutcome>;
}

/** A check of one database. */
export interface DatabaseRule extends RuleBase {
  level: "database";
  check(context: DatabaseContext): Promise<RuleOutcome>;
}

/** Declares a rule; exists so that a rule's file says what it is and the compiler checks it. */
export function defineRule<R extends ServerRule | DatabaseRule>(rule: R): R {
  return rule;
}
