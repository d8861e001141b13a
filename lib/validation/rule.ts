import type pg from "pg";
import type { ResolvedFilter } from "@/lib/engine/filter/resolve-filter";
import type { MigrationMode, OutputPluginName } from "@/lib/migrations/vocabulary";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { ServerFacts } from "@/lib/postgres/probes/catalog-queries";
import type { ErrorCode } from "@/lib/util/error-codes";
import type { AzureFacts } from "./azure-facts";
import type { Provider } from "./provider";

/** Types of ARM's ValidationSummaryItem; several rules may share one. */
export const RULE_TYPES = [
  "AuthenticationAndConnectivityValidation",
  "SourceVersionValidation",
  "ServerParametersValidation",
  "SchemaValidation",
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
  mode: MigrationMode;
  /** What changes are to be read with; absent or null: chosen by Howdah. */
  plugin?: OutputPluginName | null;
  /** Who runs each of them. */
  providers: Providers;
  /** Names on the target of databases that are called otherwise there; absent: the same names. */
  targetNames?: ReadonlyMap<string, string>;
  /** True when databases of these names on the target are to be replaced without asking. */
  overwrite?: boolean;
  /** What Azure tells of the target; absent when it is not known to be there. */
  azure?: AzureFacts;
  /** Ends what a rule opens for itself. */
  signal?: AbortSignal;
}

export interface Providers {
  source: Provider;
  target: Provider;
}

/** `source.client` is connected to the database in question. */
export interface DatabaseContext extends ServerContext {
  database: string;
  /** Which of its tables move, and which with rows; everything when absent. */
  filter?: Pick<ResolvedFilter, "moves" | "movesRows">;
}

/** A statement that mends a finding, to be run by someone who may. */
export interface FixStatement {
  side: "source" | "target";
  sql: string;
}

/** Something a rule found; without one the rule has passed. */
export interface RuleProblem {
  message: string;
  /** When another than the rule's own. */
  code?: ErrorCode;
  /** When more exact than the rule's own. */
  remedy?: string;
  /** Names of the objects concerned. */
  objects?: string[];
  /** Statements that make the finding go away; absent where none can. */
  fix?: FixStatement[];
  /** When another than the rule's own. */
  severity?: "Failed" | "Warning";
}

export interface RuleOutcome {
  /** What was looked at and found, in one sentence; said when there is no problem. */
  checked: string;
  problems: RuleProblem[];
  /** Why the rule could not be decided, in one sentence, and what a person does instead; such a rule has not passed. */
  notChecked?: { because: string; remedy: string };
}

/**
 * What mends a finding: statements, printed with it wherever its server takes them; the configuration of the server, its
 * service or machine; a decision that people take.
 */
export const MENDS = ["statements", "configuration", "decision"] as const;
export type Mend = (typeof MENDS)[number];

/** How a finding is mended: in general, and where a provider has a way of its own. */
export type FixTexts = { general: string } & Partial<Record<Provider, string>>;

interface RuleBase {
  /** File name in lib/validation/rules and of its page in docs/rules; stable. */
  id: string;
  type: RuleType;
  severity: "Failed" | "Warning";
  /** Code of its problems. */
  code: ErrorCode;
  /** What holds when it passes, in a few words. */
  title: string;
  /** What would happen otherwise. */
  why: string;
  /** Where a finding is mended; chooses among the texts of `fix`. */
  side: "source" | "target";
  mendedBy: Mend;
  fix: FixTexts;
  /** Absent: checked in both modes. */
  mode?: "Online";
  /** What a login must be allowed for the rule to run, said when it could not; absent when anyone may. */
  needs?: string;
}

/** A check of the pair of servers. */
export interface ServerRule extends RuleBase {
  level: "server";
  /** Also checked before a migration that asked for no validation: going on would do harm or cannot work. */
  alwaysChecked: boolean;
  /** True: checked only when the target was found in Azure. */
  asksAzure?: boolean;
  check(context: ServerContext): Promise<RuleOutcome>;
}

/** A check of one database. */
export interface DatabaseRule extends RuleBase {
  level: "database";
  check(context: DatabaseContext): Promise<RuleOutcome>;
}

export type Rule = ServerRule | DatabaseRule;

/** Declares a rule; exists so that a rule's file says what it is and the compiler checks it. */
export function defineRule<R extends Rule>(rule: R): R {
  return rule;
}
