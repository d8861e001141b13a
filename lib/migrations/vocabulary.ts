/**
 * The closed sets of words of Microsoft.DBforPostgreSQL/flexibleServers/migrations, api-version 2025-08-01,
 * and the few that are Howdah's own. Everything else derives its types from here.
 */

export const MIGRATION_STATES = [
  "InProgress",
  "WaitingForUserAction",
  "Canceled",
  "Failed",
  "Succeeded",
  "ValidationFailed",
  "CleaningUp",
] as const;
export type MigrationState = (typeof MIGRATION_STATES)[number];

export const MIGRATION_SUBSTATES = [
  "PerformingPreRequisiteSteps",
  "WaitingForLogicalReplicationSetupRequestOnSourceDB",
  "WaitingForDBsToMigrateSpecification",
  "WaitingForTargetDBOverwriteConfirmation",
  "WaitingForDataMigrationScheduling",
  "WaitingForDataMigrationWindow",
  "MigratingData",
  "WaitingForCutoverTrigger",
  "CompletingMigration",
  "Completed",
  "CancelingRequestedDBMigrations",
  "ValidationInProgress",
] as const;
export type MigrationSubstate = (typeof MIGRATION_SUBSTATES)[number];

export const DATABASE_STATES = [
  "InProgress",
  "WaitingForCutoverTrigger",
  "Failed",
  "Canceled",
  "Succeeded",
  "Canceling",
] as const;
export type DatabaseState = (typeof DATABASE_STATES)[number];

export const VALIDATION_STATES = ["Succeeded", "Failed", "Warning"] as const;
export type ValidationState = (typeof VALIDATION_STATES)[number];

export const MIGRATION_MODES = ["Offline", "Online"] as const;
export type MigrationMode = (typeof MIGRATION_MODES)[number];

export const MIGRATION_OPTIONS = ["Validate", "Migrate", "ValidateAndMigrate"] as const;
export type MigrationOption = (typeof MIGRATION_OPTIONS)[number];

export const SSL_MODES = ["Prefer", "Require", "VerifyCA", "VerifyFull"] as const;
export type SslMode = (typeof SSL_MODES)[number];

export const SOURCE_TYPES = [
  "OnPremises",
  "AWS",
  "GCP",
  "AzureVM",
  "PostgreSQLSingleServer",
  "AWS_RDS",
  "AWS_AURORA",
  "AWS_EC2",
  "GCP_CloudSQL",
  "GCP_AlloyDB",
  "GCP_Compute",
  "EDB",
  "EDB_Oracle_Server",
  "EDB_PostgreSQL",
  "PostgreSQLFlexibleServer",
  "PostgreSQLCosmosDB",
  "Huawei_RDS",
  "Huawei_Compute",
  "Heroku_PostgreSQL",
  "Crunchy_PostgreSQL",
  "ApsaraDB_RDS",
  "Digital_Ocean_Droplets",
  "Digital_Ocean_PostgreSQL",
  "Supabase_PostgreSQL",
] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** Phases of one migration as the details page shows them; each has a start and an end. */
export const MIGRATION_PHASES = [
  "prerequisites",
  "validation",
  "schema",
  "copy",
  "indexes",
  "finish",
  "catch-up",
  "cutover",
  "verify",
] as const;
export type MigrationPhase = (typeof MIGRATION_PHASES)[number];

export const TABLE_STATES = ["queued", "loading", "completed", "errored"] as const;
export type TableState = (typeof TABLE_STATES)[number];

/** Howdah's own servers live in this subscription and resource group; other subscriptions belong to Azure. */
export const LOCAL_SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000000";
export const LOCAL_RESOURCE_GROUP = "local";

/** A migration in one of these states never changes again. */
export const TERMINAL_STATES = [
  "Canceled",
  "Failed",
  "Succeeded",
  "ValidationFailed",
] as const satisfies readonly MigrationState[];

/** True when nothing more will happen to a migration in `state`. */
export function isTerminal(state: MigrationState): boolean {
  return (TERMINAL_STATES as readonly MigrationState[]).includes(state);
}

/** Howdah's own: how a comparison of both sides stands. "incomplete": something could not be compared, which is no pass. */
export const VERIFICATION_STATES = [
  "queued",
  "running",
  "equal",
  "different",
  "incomplete",
  "failed",
  "canceled",
] as const;
export type VerificationState = (typeof VERIFICATION_STATES)[number];

/** Howdah's own: how the source tells its changes (https://www.postgresql.org/docs/current/logicaldecoding-output-plugin.html). */
export const OUTPUT_PLUGINS = ["test_decoding", "pgoutput"] as const;
export type OutputPluginName = (typeof OUTPUT_PLUGINS)[number];

/** Howdah's own: what becomes of a change that finds another row on the target than it had on the source. */
export const DIVERGENCE_POLICIES = ["stop", "continue"] as const;
export type DivergencePolicyName = (typeof DIVERGENCE_POLICIES)[number];

/** Howdah's own: who moves the data. */
export const RUNNERS = ["howdah", "azure"] as const;
export type Runner = (typeof RUNNERS)[number];

/** Howdah's own: why changes of a table are not applied; "new": made on the source after the copy. */
export const UNFOLLOWED_REASONS = [
  "columns-changed",
  "dropped",
  "not-on-target",
  "no-identity",
  "replaced",
  "refused",
  "constraints-changed",
  "other-parent",
  "new",
] as const;
export type UnfollowedReason = (typeof UNFOLLOWED_REASONS)[number];

/** Howdah's own: parts of a cutover in their order. */
export const CUTOVER_STEP_NAMES = [
  "apply",
  "compare",
  "recopy",
  "large-objects",
  "sequences",
  "materialized-views",
  "triggers-and-rules",
  "clean-up",
] as const;
export type CutoverStepName = (typeof CUTOVER_STEP_NAMES)[number];
