/** Result of a connection test: what the wizard, the API and the CLI show. */

export const PROBE_NAMES = ["dns", "tcp", "tls", "login", "version", "privileges"] as const;
export type ProbeName = (typeof PROBE_NAMES)[number];

export interface Probe {
  name: ProbeName;
  outcome: "passed" | "failed" | "warning" | "skipped";
  /** Milliseconds; null when skipped. */
  ms: number | null;
  /** What was found, e.g. "TLSv1.3, TLS_AES_256_GCM_SHA384, CN=db". */
  found: string;
  /** Stable code of lib/util/error-codes.ts; null unless failed or warning. */
  code: string | null;
  cause: string | null;
  remedy: string | null;
}

export interface InventoryDatabase {
  name: string;
  owner: string;
  encoding: string;
  collation: string;
  /** null when the login may not connect to it. */
  sizeBytes: number | null;
  canConnect: boolean;
  /** Installed extensions, "name version"; null when the database could not be opened. */
  extensions: string[] | null;
}

export interface ServerInventory {
  /** "16.14" */
  version: string;
  /** server_version_num, e.g. 160014 */
  versionNumber: number;
  /**
   * Equal for two addresses of one running server: start of its postmaster in microseconds. The system identifier
   * would not do, because a restored or promoted copy keeps it and is a legitimate target.
   */
  serverIdentity: string;
  isSuperuser: boolean;
  databases: InventoryDatabase[];
  /** Extensions that can be created on this server (on Azure: that azure.extensions allows): name -> default version. */
  availableExtensions: Record<string, string>;
  totalBytes: number;
  /** The setting wal_level: "minimal", "replica" or "logical". */
  walLevel: string;
}

export interface ConnectionTestReport {
  ok: boolean;
  /** One sentence: the first failure, or what was reached. */
  summary: string;
  testedAt: string;
  probes: Probe[];
  /** null unless the version probe passed. */
  inventory: ServerInventory | null;
}
