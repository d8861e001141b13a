import type { SourceType } from "@/lib/migrations/vocabulary";

/** Who runs a server: decides where its settings are changed and which rights a login can have. */
export const PROVIDERS = ["self-hosted", "rds", "aurora", "cloud-sql", "alloydb", "azure", "other"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** How documents call them. */
export const PROVIDER_NAMES: Record<Provider, string> = {
  "self-hosted": "On-premises and virtual machines",
  rds: "Amazon RDS",
  aurora: "Amazon Aurora",
  "cloud-sql": "Google Cloud SQL",
  alloydb: "Google AlloyDB",
  azure: "Azure Database for PostgreSQL",
  other: "Other managed services",
};

const PROVIDER_OF: Record<SourceType, Provider> = {
  OnPremises: "self-hosted",
  AWS: "self-hosted",
  GCP: "self-hosted",
  AzureVM: "self-hosted",
  PostgreSQLSingleServer: "azure",
  AWS_RDS: "rds",
  AWS_AURORA: "aurora",
  AWS_EC2: "self-hosted",
  GCP_CloudSQL: "cloud-sql",
  GCP_AlloyDB: "alloydb",
  GCP_Compute: "self-hosted",
  EDB: "self-hosted",
  EDB_Oracle_Server: "self-hosted",
  EDB_PostgreSQL: "self-hosted",
  PostgreSQLFlexibleServer: "azure",
  PostgreSQLCosmosDB: "azure",
  Huawei_RDS: "other",
  Huawei_Compute: "self-hosted",
  Heroku_PostgreSQL: "other",
  Crunchy_PostgreSQL: "other",
  ApsaraDB_RDS: "other",
  Digital_Ocean_Droplets: "self-hosted",
  Digital_Ocean_PostgreSQL: "other",
  Supabase_PostgreSQL: "other",
};

/** Who runs a source of this type. */
export function providerOf(sourceType: SourceType): Provider {
  return PROVIDER_OF[sourceType];
}
