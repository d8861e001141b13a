import { isCancel, password as promptForPassword } from "@clack/prompts";
import pgpass from "pgpass";
import { UsageError } from "@/lib/cli/usage-error";
import type { ServerAddress } from "./connection-uri";

export type Side = "source" | "target";

/** Environment variables of each side, the first one set wins; PGPASSWORD is the source's, as with pg_dump. */
const VARIABLES: Readonly<Record<Side, readonly string[]>> = {
  source: ["HOWDAH_SOURCE_PASSWORD", "PGPASSWORD_SOURCE", "PGPASSWORD"],
  target: ["HOWDAH_TARGET_PASSWORD", "PGPASSWORD_TARGET"],
};

/** Passwords by environment variable. */
export type PasswordVariables = Readonly<Record<Side, string | null>>;

/** Takes the passwords out of `environment`, so that no child inherits them and no library uses one for the other server. */
export function takePasswordVariables(environment: NodeJS.ProcessEnv): PasswordVariables {
  const firstSet = (side: Side) =>
    VARIABLES[side].map((name) => environment[name]).find((value) => value !== undefined && value !== "") ??
    null;
  const taken = { source: firstSet("source"), target: firstSet("target") };
  for (const name of [...VARIABLES.source, ...VARIABLES.target]) delete environment[name];
  return taken;
}

/**
 * The password for one side: URI, environment variable, .pgpass (or PGPASSFILE), prompt on a terminal. Throws UsageError
 * when there is none, or the prompt was left.
 */
export async function findPassword(
  side: Side,
  address: ServerAddress,
  variables: PasswordVariables,
): Promise<string> {
  const known = address.password ?? variables[side] ?? (await fromPasswordFile(address));
  if (known !== null) return known;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(
      `No password for the ${side}: put it into ${VARIABLES[side][0]}, ~/.pgpass or the URI, or run on a terminal.`,
    );
  }
  const typed = await promptForPassword({
    message: `Password of ${address.user} on the ${side} ${address.host}:${address.port}`,
    output: process.stderr,
  });
  if (isCancel(typed) || typed === "") throw new UsageError(`No password for the ${side} was entered.`);
  return typed;
}

function fromPasswordFile({ host, port, user, database }: ServerAddress): Promise<string | null> {
  return new Promise((resolve) => {
    pgpass({ host, port, user, database: database ?? "postgres" }, (found) => resolve(found ?? null));
  });
}
