/** Words of pg_hba.conf that mean something; a role of such a name is quoted. */
const KEYWORDS: ReadonlySet<string> = new Set(["all", "replication", "sameuser", "samerole", "samegroup"]);

/**
 * The line of pg_hba.conf that lets `user` in from `address` over TLS
 * (https://www.postgresql.org/docs/current/auth-pg-hba-conf.html). Without an address it says whose belongs there.
 */
export function hbaLine(user: string, address: string | null): string {
  const name =
    /^[A-Za-z_][\w$-]*$/.test(user) && !KEYWORDS.has(user) ? user : `"${user.replaceAll('"', '""')}"`;
  const mask = address?.includes(":") ? "/128" : "/32";
  return `hostssl all ${name} ${address ? `${address}${mask}` : "<address of Howdah>/32"} scram-sha-256`;
}
