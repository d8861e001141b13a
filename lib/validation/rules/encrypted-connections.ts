import { isLoopback } from "@/lib/migrations/same-endpoint";
import { defineRule, type RuleProblem, type ValidationSession } from "../rule";

const OUTDATED: ReadonlySet<string> = new Set(["TLSv1", "TLSv1.1"]);

async function lookAt(side: "source" | "target", session: ValidationSession): Promise<RuleProblem[]> {
  const { rows } = await session.client.query<{ ssl: boolean; version: string | null }>(
    "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()",
  );
  const version = rows[0]?.version ?? "";
  if (rows[0]?.ssl && OUTDATED.has(version))
    return [{ message: `The connection to the ${side} is encrypted by ${version}.`, code: "TLS_OUTDATED" }];
  if (rows[0]?.ssl || isLoopback(session.settings.host)) return [];
  return [{ message: `The connection to the ${side}, ${session.settings.host}, is not encrypted.` }];
}

export const encryptedConnections = defineRule({
  id: "encrypted-connections",
  type: "AuthenticationAndConnectivityValidation",
  level: "server",
  severity: "Warning",
  code: "NOT_ENCRYPTED",
  alwaysChecked: false,
  title: "both connections are encrypted by TLS 1.2 or newer",
  why: "Every row crosses the network; what is not encrypted can be read on the way, and managed targets refuse old versions of TLS.",
  side: "source",
  mendedBy: "configuration",
  fix: {
    general: "Turn ssl on at the server, with ssl_min_protocol_version TLSv1.2, and choose SSL mode Require.",
    rds: "Choose SSL mode Require; the instance speaks TLS without being told to.",
    aurora: "Choose SSL mode Require; the cluster speaks TLS without being told to.",
    "cloud-sql": "Choose SSL mode Require; the instance speaks TLS without being told to.",
    alloydb: "Choose SSL mode Require; the instance speaks TLS without being told to.",
    azure: "Choose SSL mode Require, and set the server parameter ssl_min_protocol_version to TLSv1.2.",
  },
  async check({ source, target }) {
    const [from, to] = await Promise.all([lookAt("source", source), lookAt("target", target)]);
    return {
      checked: "Both connections are encrypted, or do not leave this machine.",
      problems: [...from, ...to],
    };
  },
});
