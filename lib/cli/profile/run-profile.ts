import { readFileSync } from "node:fs";
import { isCancel, password as promptForToken } from "@clack/prompts";
import {
  PROFILE_NAME_PATTERN,
  type Profile,
  profileNamed,
  profilesPath,
  readProfiles,
  writeProfiles,
} from "@/lib/cli/connection/profiles";
import { parseFingerprint } from "@/lib/cli/connection/trust";
import { EXIT } from "@/lib/cli/exit-codes";
import { originOf } from "@/lib/cli/migration/connect-server";
import { HowdahClient, RequestRefused } from "@/lib/cli/migration/howdah-client";
import type { Output } from "@/lib/cli/output";
import { printResult, type ResultOptions } from "@/lib/cli/print/result-format";
import { textTable } from "@/lib/cli/text-table";
import { UsageError } from "@/lib/cli/usage-error";

export interface AddProfileOptions {
  url: string;
  tokenFile?: string;
  caFile?: string;
  fingerprint?: string;
  /** False for --no-check. */
  check: boolean;
  use?: true;
}

/** `howdah profile add`: stores a Howdah after asking it whether the token is good. */
export async function addProfile(name: string, options: AddProfileOptions, output: Output): Promise<number> {
  if (!PROFILE_NAME_PATTERN.test(name)) {
    throw new UsageError("A profile's name has letters, digits, dots, hyphens and underscores, 63 at most.");
  }
  if (options.fingerprint !== undefined) parseFingerprint(options.fingerprint);
  const stored = readProfiles();
  const profile: Profile = {
    url: originOf(options.url),
    token: await findToken(options),
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    ...(options.fingerprint === undefined ? {} : { fingerprint: options.fingerprint }),
  };
  if (options.check) {
    try {
      await new HowdahClient(profile.url, profile.token, profile).get("/api/servers");
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      output.say(`${error.message} [${error.code}]`);
      output.say("  Nothing was stored; --no-check stores it all the same.");
      return error.exitCode;
    }
  }
  const current = options.use ? name : stored.current;
  writeProfiles({ current, profiles: { ...stored.profiles, [name]: profile } });
  output.say(
    `Profile ${name} is stored in ${profilesPath()}.${options.use ? " It is used from now on." : ""}`,
  );
  return EXIT.succeeded;
}

/** From --token-file, HOWDAH_TOKEN, a prompt on a terminal, or else standard input: never from an argument. */
async function findToken({ tokenFile }: AddProfileOptions): Promise<string> {
  const fromEnvironment = process.env["HOWDAH_TOKEN"]?.trim();
  delete process.env["HOWDAH_TOKEN"];
  const token = tokenFile !== undefined ? readToken(tokenFile) : fromEnvironment || (await askToken());
  if (/^\S+$/.test(token)) return token;
  throw new UsageError("There must be one token and nothing else.");
}

function readToken(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new UsageError("--token-file: the file cannot be read.");
  }
}

async function askToken(): Promise<string> {
  if (!process.stdin.isTTY) return readFileSync(0, "utf8").trim();
  const typed = await promptForToken({ message: "Token", output: process.stderr });
  if (isCancel(typed)) throw new UsageError("No token was entered.");
  return typed.trim();
}

/** `howdah profile list`; tokens are not shown. */
export function listProfiles(options: ResultOptions, output: Output): number {
  const { current, profiles } = readProfiles();
  const rows = Object.entries(profiles).map(([name, { token: _token, ...profile }]) => ({
    name,
    current: name === current,
    ...profile,
  }));
  printResult(rows, options, output, () =>
    rows.length === 0
      ? ["There are no profiles; `howdah profile add` stores one."]
      : textTable(rows, [
          { heading: "Name", text: (row) => row.name },
          { heading: "Current", text: (row) => (row.current ? "yes" : "") },
          { heading: "Address", text: (row) => row.url },
          { heading: "Trusts", text: (row) => row.fingerprint ?? row.caFile ?? "" },
        ]),
  );
  return EXIT.succeeded;
}

/** `howdah profile use`; without a name none is current any more. */
export function chooseProfile(name: string | undefined, output: Output): number {
  const stored = readProfiles();
  if (name !== undefined) profileNamed(stored, name);
  writeProfiles({ ...stored, current: name ?? null });
  output.say(name === undefined ? "No profile is current any more." : `${name} is used from now on.`);
  return EXIT.succeeded;
}

/** `howdah profile remove` */
export function removeProfile(name: string, output: Output): number {
  const { current, profiles } = readProfiles();
  profileNamed({ current, profiles }, name);
  const { [name]: _removed, ...others } = profiles;
  writeProfiles({ current: current === name ? null : current, profiles: others });
  output.say(
    `${name} was removed. Its token is still good: revoke it on the server if nothing else uses it.`,
  );
  return EXIT.succeeded;
}
