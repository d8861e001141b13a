import { currentUser } from "@/lib/cli/current-user";
import { EXIT } from "@/lib/cli/exit-codes";
import { aborted, type Interruption, watchSignals } from "@/lib/cli/interruption";
import type { Output } from "@/lib/cli/output";
import { openTls } from "@/lib/cli/tls/open-tls";
import type { TlsIdentity } from "@/lib/cli/tls/tls-identity";
import { type TlsOptions, tlsSourceOf } from "@/lib/cli/tls/tls-options";
import { watchIdentity } from "@/lib/cli/tls/watch-identity";
import { dataDirectory } from "@/lib/embedded/data-directory";
import { isPortFree } from "@/lib/embedded/free-port";
import { createSignInToken } from "@/lib/store/access-tokens";
import { applyStoreMigrations } from "@/lib/store/apply-migrations";
import { closeStore, openStore } from "@/lib/store/client";
import { CodedError } from "@/lib/util/coded-error";
import { announceTls } from "./announce-tls";
import { startWeb, startWorkerProcess } from "./child-processes";
import { type KeptStore, keepStore } from "./keep-store";
import { canOpenBrowser, openBrowser } from "./open-browser";
import { readRunning, removeRunning, writeRunning } from "./running-file";
import { type Supervised, supervise } from "./supervise";
import { waitUntilHealthy } from "./wait-until-healthy";
import { originOf } from "./web-environment";

export interface StartOptions extends TlsOptions {
  host: string;
  port: number;
  /** Open the dashboard in a browser where there is a desktop. */
  open: boolean;
}

/** A worker ends its sessions on both servers within 5 s; after this it is beyond hope. */
const GRACE_MS = 20_000;

/** `howdah start`: store, web and worker until a signal comes; returns the exit code. Throws CodedError. */
export async function runStart(options: StartOptions, output: Output): Promise<number> {
  using interruption = watchSignals();
  const source = tlsSourceOf(options);
  const children: Supervised[] = [];
  await using store = await openKeptStore(output, children, interruption.asked);
  if (!(await isPortFree(options.port, options.host))) {
    throw new CodedError("PORT_IN_USE", `Port ${options.port} of ${options.host} is in use.`);
  }
  const tls = await openTls(source, options.host);
  await applyStoreMigrations(store.databaseUrl());
  try {
    children.push(
      supervise({
        name: "web",
        start: () => startWeb(store.databaseUrl(), options, tls),
        say: output.say,
      }),
      supervise({
        name: "worker",
        start: () => startWorkerProcess(store.databaseUrl()),
        say: output.say,
      }),
    );
    return await serve({ ...options, tls }, store, interruption, output);
  } finally {
    await Promise.all(children.map((child) => child.stop(GRACE_MS, interruption.forced)));
  }
}

async function openKeptStore(
  output: Output,
  children: Supervised[],
  ending: AbortSignal,
): Promise<KeptStore> {
  const onMoved = () => {
    for (const child of children) child.restart();
  };
  try {
    return await keepStore({ say: output.say, onMoved, ending });
  } catch (error) {
    const other = readRunning(dataDirectory());
    if (error instanceof CodedError && error.code === "ALREADY_RUNNING" && other) {
      throw new CodedError(
        "ALREADY_RUNNING",
        `Howdah already runs on ${dataDirectory()}: ${other.origin} (pid ${other.pid}).`,
        {
          remedy: "Open it there (`howdah sign-in` prints a link), or set HOWDAH_DATA_DIR to another folder.",
        },
      );
    }
    throw error;
  }
}

async function serve(
  { host, port, open, tls }: StartOptions & { tls: TlsIdentity | null },
  store: KeptStore,
  interruption: Interruption,
  { out, say }: Output,
): Promise<number> {
  const origin = originOf(host, port, tls ? "https" : "http");
  const folder = dataDirectory();
  try {
    await waitUntilHealthy(origin, interruption.asked, { fingerprint: tls?.fingerprint });
    const note = (identity: TlsIdentity | null) =>
      writeRunning(folder, {
        origin,
        pid: process.pid,
        ...(identity ? { fingerprint: identity.fingerprint } : {}),
      });
    note(tls);
    if (tls) followRenewals(tls, note, interruption.asked);
    const link = await createSignInLink(store.databaseUrl(), origin);
    out(`Howdah is ready at ${origin}`);
    announceTls(tls, out);
    out(`Sign in: ${link}`);
    out("The link works once, within the hour; `howdah sign-in` prints another. Ctrl-C stops Howdah.");
    if (open && canOpenBrowser()) openBrowser(link, folder);
    await aborted(interruption.asked);
  } catch (error) {
    if (!interruption.asked.aborted) throw error;
  } finally {
    removeRunning(folder);
  }
  say(process.stdin.isTTY ? "Stopping ... (Ctrl-C again forces)" : "Stopping ...");
  return EXIT.succeeded;
}

/** Commands on this machine trust the certificate that is noted; the web server logs what it cannot use. */
function followRenewals(
  identity: TlsIdentity,
  onRenewed: (identity: TlsIdentity) => void,
  signal: AbortSignal,
): void {
  void watchIdentity({ identity, onRenewed, onRefused: () => undefined, signal });
}

async function createSignInLink(databaseUrl: string, origin: string): Promise<string> {
  openStore(databaseUrl);
  try {
    const token = await createSignInToken({ name: currentUser(), role: "admin" });
    return `${origin}/sign-in#token=${token}`;
  } finally {
    await closeStore();
  }
}
