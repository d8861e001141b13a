import { SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import type { SourceType } from "@/lib/migrations/vocabulary";

interface SourceTypeGroup {
  label: string;
  types: readonly SourceType[];
}

/** Every source type once, the common four first. */
export const SOURCE_TYPE_GROUPS: readonly SourceTypeGroup[] = [
  { label: "Common", types: ["PostgreSQLSingleServer", "OnPremises", "AzureVM", "AWS_RDS"] },
  { label: "Amazon Web Services", types: ["AWS_AURORA", "AWS_EC2", "AWS"] },
  { label: "Google Cloud", types: ["GCP_CloudSQL", "GCP_AlloyDB", "GCP_Compute", "GCP"] },
  { label: "Microsoft Azure", types: ["PostgreSQLFlexibleServer", "PostgreSQLCosmosDB"] },
  { label: "EDB", types: ["EDB_PostgreSQL", "EDB_Oracle_Server", "EDB"] },
  {
    label: "Other providers",
    types: [
      "ApsaraDB_RDS",
      "Crunchy_PostgreSQL",
      "Digital_Ocean_PostgreSQL",
      "Digital_Ocean_Droplets",
      "Heroku_PostgreSQL",
      "Huawei_RDS",
      "Huawei_Compute",
      "Supabase_PostgreSQL",
    ],
  },
];

/** Fuller names than the grid's narrow column has room for. */
const LONG_LABELS: Partial<Record<SourceType, string>> = {
  PostgreSQLSingleServer: "Azure Database for PostgreSQL single server",
  PostgreSQLFlexibleServer: "Azure Database for PostgreSQL flexible server",
  PostgreSQLCosmosDB: "Azure Cosmos DB for PostgreSQL",
  AWS_RDS: "AWS RDS for PostgreSQL",
  AWS_AURORA: "AWS Aurora PostgreSQL",
  AWS: "AWS, other",
  GCP_CloudSQL: "GCP Cloud SQL for PostgreSQL",
  GCP_AlloyDB: "GCP AlloyDB for PostgreSQL",
  GCP: "GCP, other",
  EDB: "EDB, other",
  Heroku_PostgreSQL: "Heroku Postgres",
  Crunchy_PostgreSQL: "Crunchy Bridge",
  Digital_Ocean_PostgreSQL: "DigitalOcean Managed PostgreSQL",
  ApsaraDB_RDS: "Alibaba ApsaraDB RDS",
};

/** The type's full name, for the wizard and the summary. */
export function sourceTypeName(type: SourceType): string {
  return LONG_LABELS[type] ?? SOURCE_TYPE_LABELS[type];
}
