import type pg from "pg";
import { defineRule } from "../rule";

/** "on" was the only value before version 10, and meant MD5. */
async function usesMd5(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ method: string }>(
    "select reset_val as method from pg_settings where name = 'password_encryption'",
  );
  return ["md5", "on"].includes(rows[0]?.method ?? "");
}

export const passwordEncryption = defineRule({
  id: "password-encryption",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "PASSWORD_ENCRYPTION_DIFFERS",
  alwaysChecked: false,
  title: "the target keeps passwords the way an Azure source does",
  why: "Hashes of passwords taken over from a single server are MD5; a flexible server that wants SCRAM does not let such roles log in.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general:
      "Set password_encryption to md5 on the target before roles are taken over, or set their passwords anew.",
    azure:
      "Set the server parameter password_encryption to MD5 on the target before roles are taken over, or set their passwords anew.",
  },
  async check({ source, target, providers }) {
    if (providers.source !== "azure")
      return {
        checked: "The source is not an Azure server, whose roles are taken over with hashes.",
        problems: [],
      };
    const [from, to] = await Promise.all([usesMd5(source.client), usesMd5(target.client)]);
    return {
      checked: "Source and target keep passwords in the same way.",
      problems:
        from && !to
          ? [{ message: "The source keeps MD5 hashes of passwords, the target makes SCRAM ones." }]
          : [],
    };
  },
});
