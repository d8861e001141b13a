import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UsageError } from "@/lib/cli/usage-error";

export const PROFILE_NAME_PATTERN = /^[A-Za-z0-9][\w.-]{0,62}$/;

const profile = z.strictObject({
  url: z.url(),
  token: z.string().regex(/^\S+$/),
  caFile: z.string().exactOptional(),
  fingerprint: z.string().exactOptional(),
});
/** One Howdah server and how to speak to it. */
export type Profile = z.infer<typeof profile>;

const profileFile = z.strictObject({
  /** The one that is used when none is named. */
  current: z.string().nullable().default(null),
  profiles: z.record(z.string(), profile).default({}),
});
export type ProfileFile = z.infer<typeof profileFile>;

/** Where profiles lie: HOWDAH_PROFILES, else in the user's folder for configuration. */
export function profilesPath(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment["HOWDAH_PROFILES"];
  if (own) return own;
  const base =
    environment["XDG_CONFIG_HOME"] ||
    (process.platform === "win32" && environment["APPDATA"]) ||
    join(homedir(), ".config");
  return join(base, "howdah", "profiles.json");
}

/** All profiles; none when there is no file. Throws UsageError when others may read the file, or it holds something else. */
export function readProfiles(path = profilesPath()): ProfileFile {
  let text: string;
  try {
    const { mode } = statSync(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new UsageError(`${path} holds tokens and others may read it: chmod 600 it.`);
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { current: null, profiles: {} };
    throw new UsageError(`${path} cannot be read.`);
  }
  const parsed = profileFile.safeParse(jsonOf(text));
  // The message of the schema could quote a token.
  if (!parsed.success) throw new UsageError(`${path} does not hold profiles; mend it or remove it.`);
  return parsed.data;
}

/** Writes all profiles at once, readable by the user alone. */
export function writeProfiles(profiles: ProfileFile, path = profilesPath()): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The profile called `name`. Throws UsageError. */
export function profileNamed({ profiles }: ProfileFile, name: string): Profile {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found) return found;
  const known = Object.keys(profiles).join(", ") || "none";
  throw new UsageError(`There is no profile "${name}"; there are: ${known}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
