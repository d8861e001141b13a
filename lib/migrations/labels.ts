import type {
  DivergencePolicyName,
  MigrationMode,
  MigrationOption,
  MigrationPhase,
  Runner,
  SourceType,
  SslMode,
} from "./vocabulary";

/** Names of the source types as people know them. */
export const SOURCE_TYPE_LABELS: Record<SourceType, string> = {
  OnPremises: "On-premises",
  AWS: "AWS",
  GCP: "GCP",
  AzureVM: "Azure VM",
  PostgreSQLSingleServer: "Azure Single Server",
  AWS_RDS: "AWS RDS",
  AWS_AURORA: "AWS Aurora",
  AWS_EC2: "AWS EC2",
  GCP_CloudSQL: "GCP Cloud SQL",
  GCP_AlloyDB: "GCP AlloyDB",
  GCP_Compute: "GCP Compute",
  EDB: "EDB",
  EDB_Oracle_Server: "EDB Oracle Server",
  EDB_PostgreSQL: "EDB PostgreSQL",
  PostgreSQLFlexibleServer: "Azure Flexible Server",
  PostgreSQLCosmosDB: "Azure Cosmos DB",
  Huawei_RDS: "Huawei RDS",
  Huawei_Compute: "Huawei Compute",
  Heroku_PostgreSQL: "Heroku",
  Crunchy_PostgreSQL: "Crunchy",
  ApsaraDB_RDS: "ApsaraDB RDS",
  Digital_Ocean_Droplets: "DigitalOcean Droplets",
  Digital_Ocean_PostgreSQL: "DigitalOcean",
  Supabase_PostgreSQL: "Supabase",
};

export const OPTION_LABELS: Record<MigrationOption, string> = {
  Validate: "Validate",
  Migrate: "Migrate",
  ValidateAndMigrate: "Validate and migrate",
};

export const MODE_LABELS: Record<MigrationMode, string> = { Offline: "Offline", Online: "Online" };

export const DIVERGENCE_LABELS: Record<DivergencePolicyName, string> = {
  stop: "Stop that database",
  continue: "Count it and go on",
};

export const SSL_MODE_LABELS: Record<SslMode, string> = {
  Prefer: "Prefer",
  Require: "Require",
  VerifyCA: "Verify CA",
  VerifyFull: "Verify full",
};

export const PHASE_LABELS: Record<MigrationPhase, string> = {
  prerequisites: "Prerequisites",
  validation: "Validation",
  schema: "Schema",
  copy: "Copy",
  indexes: "Indexes",
  finish: "Finish",
  "catch-up": "Catch-up",
  cutover: "Cutover",
  verify: "Verify",
};

export const RUNNER_LABELS: Record<Runner, string> = {
  howdah: "Howdah",
  azure: "Azure's migration service",
};

/** Steps of the engine (lib/engine/events.ts) and of a cutover, as people call them. */
const STEP_LABELS: Readonly<Record<string, string>> = {
  "schema-dump": "Reading the schema",
  "pre-data": "Creating the schema",
  "resume-check": "Looking for what is finished",
  rows: "Copying rows",
  "large-objects": "Large objects",
  sequences: "Sequences",
  "index-builds": "Building indexes",
  constraints: "Constraints",
  "triggers-and-rules": "Triggers and rules",
  "materialized-views": "Materialized views",
  analyze: "Statistics",
  vacuum: "Vacuum",
  apply: "Applying the last changes",
  compare: "Comparing rewritten tables",
  recopy: "Copying tables again",
  "clean-up": "Removing slot and publications",
};

/** A step's name; one that is not known is shown as it is. */
export function stepLabel(step: string): string {
  return STEP_LABELS[step] ?? step;
}
