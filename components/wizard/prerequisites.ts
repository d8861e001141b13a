import type { SourceType } from "@/lib/migrations/vocabulary";

export interface Prerequisite {
  text: string;
  /** A setting or role to look for, shown in the fixed-width face after the text. */
  code?: string;
}

const COMMON: readonly Prerequisite[] = [
  { text: "The source is PostgreSQL 9.5 or later, and the target is the same major version or a later one." },
  { text: "Both servers can be reached on their ports from where Howdah runs." },
];

const AFTER: readonly Prerequisite[] = [
  { text: "The source login can read every object; the target login may create databases." },
  {
    text: "Extensions in use can be created on the target; on a flexible server they are listed in",
    code: "azure.extensions",
  },
  { text: "Roles used in grants and ownership exist on the target." },
  { text: "Writes to the source stop before the copy starts; what is written later is not copied." },
];

const NETWORK: Partial<Record<SourceType, Prerequisite>> = {
  AWS_RDS: { text: "The instance's security group admits Howdah's address on the PostgreSQL port." },
  AWS_AURORA: { text: "The cluster's security group admits Howdah's address; use the writer endpoint." },
  AWS_EC2: { text: "The security group and the server admit Howdah's address:", code: "pg_hba.conf" },
  GCP_CloudSQL: { text: "Howdah's address is among the instance's authorized networks." },
  GCP_AlloyDB: {
    text: "The instance has a public IP with Howdah's address allowed, or Howdah runs in its network.",
  },
  AzureVM: { text: "The network security group and the server admit Howdah's address:", code: "pg_hba.conf" },
  PostgreSQLSingleServer: {
    text: "A firewall rule of the single server admits Howdah's address. Logins have the form",
    code: "login@server",
  },
  PostgreSQLFlexibleServer: {
    text: "A firewall rule on the server's Networking page admits Howdah's address.",
  },
  OnPremises: {
    text: "The server listens on an address Howdah can reach and admits it:",
    code: "pg_hba.conf",
  },
  Supabase_PostgreSQL: {
    text: "Use the direct connection or the session pooler, not the transaction pooler, which cannot hold a snapshot.",
  },
  Heroku_PostgreSQL: { text: "The login is that of the database's credentials; SSL mode Require." },
  Digital_Ocean_PostgreSQL: { text: "Howdah's address is among the cluster's trusted sources." },
};

/** What should be so before a migration from this type of source starts. */
export function prerequisitesOf(type: SourceType): Prerequisite[] {
  const network = NETWORK[type];
  return [...COMMON, ...(network ? [network] : []), ...AFTER];
}
