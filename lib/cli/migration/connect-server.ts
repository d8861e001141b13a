import { readFileSync } from "node:fs";
import { openCommandStore } from "@/lib/cli/command-store";
import { type Profile, profileNamed, readProfiles } from "@/lib/cli/connection/profiles";
import type { Trust } from "@/lib/cli/connection/trust";
import { currentUser } from "@/lib/cli/current-user";
import { readRunning } from "@/lib/cli/start/running-file";
import { UsageError } from "@/lib/cli/usage-error";
import { dataDirectory } from "@/lib/embedded/data-directory";
import { createApiToken, findAccessToken, revokeAccessToken } from "@/lib/store/access-tokens";
import { HowdahClient } from "./howdah-client";

export interface ServerOptions extends Trust {
  /** Name of a stored server; takes the place of the address, the token and what is trusted. */
  profile?: string;
  /** Origin of the dashboard; default: that of the one running on this machine. */
  url?: string;
  tokenFile?: string;
}

export interface ConnectedServer extends AsyncDisposable {
  client: HowdahClient;
}

/** A forgotten one ends by itself; a migration may be followed for days. */
const TOKEN_LIFE_MS = 7 * 24 * 3600 * 1000;

/**
 * The server this command talks to: of --profile; or of --url or HOWDAH_URL with the token of HOWDAH_TOKEN or --token-file; or of the
 * current profile; else the one that runs on this machine, with a token of its own that is revoked when disposed. Throws UsageError
 * when there is none.
 */
export async function connectServer(
  options: ServerOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ConnectedServer> {
  const profile = chosenProfile(options);
  const token = givenToken(options, environment) ?? profile?.token ?? null;
  const running = readRunning(dataDirectory());
  const origin = options.url === undefined ? (profile?.url ?? running?.origin) : originOf(options.url);
  if (origin === undefined) {
    throw new UsageError(
      "No Howdah runs on this machine's data directory; name another one with --profile, or with --url or HOWDAH_URL and its token with HOWDAH_TOKEN.",
    );
  }
  const trust = {
    caFile: options.caFile ?? profile?.caFile,
    fingerprint:
      options.fingerprint ??
      profile?.fingerprint ??
      (origin === running?.origin ? running?.fingerprint : undefined),
  };
  if (token !== null) {
    return {
      client: new HowdahClient(origin, token, trust),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  if (origin !== running?.origin) {
    throw new UsageError(
      `No token for ${origin}: put it into HOWDAH_TOKEN or a file named with --token-file. There, \`howdah token create --role operator\` prints one.`,
    );
  }
  return await connectLocally(origin, trust);
}

/** The profile that is named or, without any address, the current one. */
/** The profile that says where the server is; none when --url does, or there is no current one. Throws UsageError. */
export function chosenProfile({ profile, url }: ServerOptions): Profile | null {
  if (profile !== undefined) return profileNamed(readProfiles(), profile);
  if (url !== undefined) return null;
  const stored = readProfiles();
  return stored.current === null ? null : profileNamed(stored, stored.current);
}

async function connectLocally(origin: string, trust: Trust): Promise<ConnectedServer> {
  await using opening = new AsyncDisposableStack();
  opening.use(await openCommandStore());
  const secret = await createApiToken({
    name: `cli:${currentUser()}`,
    role: "operator",
    expiresAt: new Date(Date.now() + TOKEN_LIFE_MS),
  });
  opening.defer(async () => {
    const token = await findAccessToken("api", secret);
    if (token) await revokeAccessToken(token.id);
  });
  const open = opening.move();
  return {
    client: new HowdahClient(origin, secret, trust),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function givenToken({ tokenFile }: ServerOptions, environment: NodeJS.ProcessEnv): string | null {
  const fromEnvironment = environment["HOWDAH_TOKEN"]?.trim();
  // Nothing this process starts needs it.
  delete environment["HOWDAH_TOKEN"];
  if (tokenFile === undefined) return fromEnvironment || null;
  try {
    const token = readFileSync(tokenFile, "utf8").trim();
    if (/^\S+$/.test(token)) return token;
  } catch {
    throw new UsageError("--token-file: the file cannot be read.");
  }
  throw new UsageError("--token-file: the file must hold one token and nothing else.");
}

/** The origin of an address as typed. Throws UsageError. */
export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === "http:" || url.protocol === "https:") && url.username === "")
    return url.origin;
  throw new UsageError("--url must be an http or https address such as https://howdah.example.com.");
}
