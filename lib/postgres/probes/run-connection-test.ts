import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { connect } from "../connect";
import { EMPTY_PATH } from "../connect-with-empty-path";
import type { ConnectionSettings } from "../connection-settings";
import { toCodedError } from "../errors";
import { refusePooler } from "../refuse-pooler";
import { readLoginRights, readServerFacts } from "./catalog-queries";
import { readInventory } from "./inventory";
import { openSocket, probeTls, resolveHost } from "./network-probes";
import { remedyFor } from "./remedies";
import {
  type ConnectionTestReport,
  PROBE_NAMES,
  type Probe,
  type ProbeName,
  type ServerInventory,
} from "./report";

export interface ConnectionTestOptions {
  settings: ConnectionSettings;
  /** The source must be readable, the target writable. */
  side: "source" | "target";
  signal: AbortSignal;
}

/** What a probe found; `warning` when it passed but the user should know. */
interface Finding {
  found: string;
  warning?: CodedError;
}

/**
 * Tries the way to a server step by step: DNS, TCP, TLS, login, version, privileges. The first failure ends it and the
 * rest is skipped. When the version is right the report carries the inventory. Never throws for what the server does;
 * only an aborted signal rejects.
 */
export async function runConnectionTest({
  settings,
  side,
  signal,
}: ConnectionTestOptions): Promise<ConnectionTestReport> {
  const test = new ConnectionTest(settings, signal);
  let client: pg.Client | undefined;
  let inventory: ServerInventory | null = null;
  try {
    await test.probe("dns", async () => ({ found: (await resolveHost(settings.host)).join(", ") }));
    await test.probe("tcp", () => tcpProbe(settings, signal));
    await test.probe("tls", () => tlsProbe(settings, signal));
    await test.probe("login", async () => {
      client = await login(settings, signal);
      return { found: `${settings.user} on database ${client.database ?? settings.database}` };
    });
    if (client) {
      const session = client;
      await test.probe("version", async () => {
        await refusePooler(session, { ...settings, database: session.database ?? settings.database }, signal);
        await session.query(EMPTY_PATH);
        return await versionProbe(session);
      });
      if (!test.failed) inventory = await readInventory(session, settings, signal);
      await test.probe("privileges", () => privilegesProbe(session, side));
    }
  } finally {
    await client?.end().catch(() => undefined);
  }
  return test.report(inventory);
}

class ConnectionTest {
  readonly #settings: ConnectionSettings;
  readonly #signal: AbortSignal;
  readonly #probes = new Map<ProbeName, Probe>();
  readonly #testedAt = new Date().toISOString();
  failed = false;

  constructor(settings: ConnectionSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
  }

  async probe(name: ProbeName, run: () => Promise<Finding>): Promise<void> {
    if (this.failed) return;
    this.#signal.throwIfAborted();
    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    try {
      const { found, warning } = await run();
      const outcome = warning ? "warning" : "passed";
      this.#probes.set(name, { name, outcome, ms: ms(), found, ...this.#explain(warning) });
    } catch (error) {
      this.#signal.throwIfAborted();
      this.failed = true;
      const coded = toCodedError(error, FALLBACK[name], this.#settings.host);
      this.#probes.set(name, {
        name,
        outcome: "failed",
        ms: ms(),
        found: coded.message,
        ...this.#explain(coded),
      });
    }
  }

  #explain(error: CodedError | undefined): Pick<Probe, "code" | "cause" | "remedy"> {
    if (!error) return { code: null, cause: null, remedy: null };
    return { code: error.code, cause: error.explanation, remedy: remedyFor(error, this.#settings) };
  }

  report(inventory: ServerInventory | null): ConnectionTestReport {
    const probes = PROBE_NAMES.map((name) => this.#probes.get(name) ?? skipped(name));
    const failure = probes.find((probe) => probe.outcome === "failed");
    return {
      ok: !this.failed,
      summary: failure
        ? (failure.cause ?? failure.found)
        : `Connected to PostgreSQL ${inventory?.version ?? ""}`.trim(),
      testedAt: this.#testedAt,
      probes,
      inventory,
    };
  }
}

const FALLBACK: Record<ProbeName, ErrorCode> = {
  dns: "HOST_NOT_FOUND",
  tcp: "CONNECTION_REFUSED",
  tls: "CONNECTION_RESET",
  login: "CONNECTION_RESET",
  version: "NOT_POSTGRESQL",
  privileges: "PRIVILEGE_MISSING",
};

function skipped(name: ProbeName): Probe {
  const found = "Not tested, because an earlier step failed";
  return { name, outcome: "skipped", ms: null, found, code: null, cause: null, remedy: null };
}

async function tcpProbe(settings: ConnectionSettings, signal: AbortSignal): Promise<Finding> {
  const socket = await openSocket(settings.host, settings.port, signal);
  socket.destroy();
  return { found: `Port ${settings.port} open` };
}

async function tlsProbe(settings: ConnectionSettings, signal: AbortSignal): Promise<Finding> {
  const socket = await openSocket(settings.host, settings.port, signal);
  try {
    const finding = await probeTls(socket, settings);
    if (finding) {
      const { protocol, cipher, subject, issuer } = finding;
      return {
        found: [protocol, cipher, subject && `for ${subject}`, issuer && `by ${issuer}`]
          .filter(Boolean)
          .join(", "),
      };
    }
  } finally {
    socket.destroy();
  }
  if (settings.sslMode !== "Prefer")
    throw new CodedError("TLS_NOT_SUPPORTED", "The server does not speak TLS.");
  const found = "Not encrypted: the server does not speak TLS";
  return { found, warning: new CodedError("NOT_ENCRYPTED", found) };
}

/** A server without a database "postgres" still has template1; only the default is replaced, never a name the user gave. */
async function login(settings: ConnectionSettings, signal: AbortSignal): Promise<pg.Client> {
  const options = { applicationName: "howdah connection test", signal };
  try {
    return await connect(settings, options);
  } catch (error) {
    if (
      settings.database === "postgres" &&
      error instanceof CodedError &&
      error.code === "DATABASE_MISSING"
    ) {
      return await connect({ ...settings, database: "template1" }, options);
    }
    throw error;
  }
}

async function versionProbe(client: pg.Client): Promise<Finding> {
  const { version, versionNumber } = await readServerFacts(client);
  if (versionNumber < 90_500) throw new CodedError("VERSION_TOO_OLD", `The server is PostgreSQL ${version}.`);
  return { found: `PostgreSQL ${version}` };
}

async function privilegesProbe(client: pg.Client, side: "source" | "target"): Promise<Finding> {
  const rights = await readLoginRights(client);
  if (side === "target") {
    if (rights.standby || rights.readOnly)
      throw new CodedError("TARGET_READ_ONLY", "The server accepts no writes.");
    if (!rights.superuser && !rights.createdb)
      throw new CodedError("CREATEDB_MISSING", "The login may not create databases.");
    return { found: rights.superuser ? "Superuser" : "May create databases" };
  }
  if (rights.superuser) return { found: "Superuser, reads everything" };
  const found = rights.readsEverything ? "Reads all data" : "Reads what it owns or was granted";
  if (rights.bypassrls) return { found };
  const text =
    "Row security applies to this login: tables that use it are not copied unless the login owns them.";
  return { found, warning: new CodedError("ROW_SECURITY_BLOCKS", text) };
}
