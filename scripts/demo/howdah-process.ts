import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findFreePort, isPortFree } from "@/lib/embedded/free-port";

export interface HowdahProcess extends AsyncDisposable {
  /** "http://127.0.0.1:7432" */
  origin: string;
  signInLink: string;
  /** Its HOWDAH_DATA_DIR. */
  dataDirectory: string;
  /** Resolves with the exit code when it ends by itself. */
  ended: Promise<number | null>;
  /** Makes a bearer token for API calls. */
  createToken(role: "viewer" | "operator" | "admin"): Promise<string>;
}

export interface HowdahProcessOptions {
  /** Root of the installation. */
  root: string;
  /** Taken when it is free, else another one is. */
  preferredPort?: number;
  env?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 90_000;

/** Runs the real `howdah start` on a data directory of its own, which is deleted when disposed. Throws when it does not come up. */
export async function startHowdah(options: HowdahProcessOptions): Promise<HowdahProcess> {
  const folder = mkdtempSync(join(tmpdir(), "howdah-home-"));
  chmodSync(folder, 0o711);
  const { preferredPort } = options;
  const port = preferredPort && (await isPortFree(preferredPort)) ? preferredPort : await findFreePort();
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env, HOWDAH_DATA_DIR: folder };
  // The user's own store is none of this one's business.
  delete env["DATABASE_URL"];
  const program = join(options.root, "dist", "howdah.mjs");
  const child = spawn(process.execPath, [program, "start", "--no-open", "--port", String(port)], {
    env,
    // Ctrl-C is for the caller, who stops this one in order.
    detached: true,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const stop = async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const signInLink = await readSignInLink(child);
    return {
      origin: new URL(signInLink).origin,
      signInLink,
      dataDirectory: folder,
      ended: once(child, "exit").then(([code]) => (typeof code === "number" ? code : null)),
      async createToken(role) {
        const args = [program, "token", "create", "--role", role, "--name", "demo"];
        const { stdout } = await promisify(execFile)(process.execPath, args, { env });
        return stdout.trim();
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readSignInLink(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (reason: string) => reject(new Error(`howdah start ${reason}:\n${text}`));
    const timer = setTimeout(() => fail("was not ready in time"), START_TIMEOUT_MS);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with code ${code}`));
    child.stdout?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      const link = /^Sign in: (\S+)$/m.exec(text)?.[1];
      if (!link) return;
      clearTimeout(timer);
      resolve(link);
    });
  });
}
