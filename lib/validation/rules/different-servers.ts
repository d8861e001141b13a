import type pg from "pg";
import { defineRule, type RuleProblem } from "../rule";

/** Copies of one cluster (standby, restored backup) keep its system identifier, but no two servers start in the same microsecond. */
async function readSystemIdentifier(client: pg.Client): Promise<string | null> {
  try {
    const { rows } = await client.query<{ id: string }>(
      "select system_identifier::text as id from pg_control_system()",
    );
    return rows[0]?.id ?? null;
  } catch {
    // Older than 9.6, or a managed service that keeps the function to itself.
    return null;
  }
}

export const differentServers = defineRule({
  id: "different-servers",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Failed",
  code: "SAME_SERVER",
  alwaysChecked: true,
  title: "source and target are two servers",
  why: "Moving a database onto itself would drop it before it is read.",
  side: "target",
  mendedBy: "decision",
  fix: {
    general: "Enter the address of the new server as target.",
  },
  async check({ source, target }) {
    const problems: RuleProblem[] = [];
    if (source.facts.serverIdentity === target.facts.serverIdentity) {
      problems.push({ message: "Source and target are one and the same running server." });
    } else {
      const [from, to] = await Promise.all([
        readSystemIdentifier(source.client),
        readSystemIdentifier(target.client),
      ]);
      if (from !== null && from === to) {
        problems.push({
          severity: "Warning",
          message:
            "Source and target have the same system identifier: one is a standby or a physical copy of the other.",
          remedy: "Make sure that the target does not follow the source.",
        });
      }
    }
    return { checked: "Source and target are different servers.", problems };
  },
});
