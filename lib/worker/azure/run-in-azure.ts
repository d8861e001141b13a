/**
 * A migration that Azure's own service runs: Howdah asks for it, hands the user's wishes on and shows how it stands. The
 * service goes on by itself whatever happens here, so everything asked is noted first or may be asked twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { AzureAccount } from "@/lib/azure/azure-account";
import {
  type AzureMigrationId,
  type AzureMigrationStatus,
  createAzureMigration,
  readAzureMigration,
  updateAzureMigration,
} from "@/lib/azure/azure-migration";
import { readAzureServer } from "@/lib/azure/azure-server";
import { parseAzureServerId } from "@/lib/azure/server-id";
import { migrationCreateBody } from "@/lib/migrations/contract";
import { type AzureRun, mirrorAzureStatus, parseAzureRun, writeAzureRun } from "@/lib/store/azure-run";
import { store } from "@/lib/store/client";
import { appendEvents } from "@/lib/store/events";
import { type LoadedMigration, loadMigration } from "@/lib/store/run";
import { openSecret } from "@/lib/store/secrets";
import { asObject } from "@/lib/store/wish";
import { CodedError } from "@/lib/util/coded-error";
import { Patience } from "../patience";
import { retryLimitMs } from "../retry-minutes";
import type { RunContext, StepResult } from "../run-context";
import { openAccount } from "./open-account";
import { wishesToSend } from "./wishes-to-send";

/** Azure's own portal asks about as often; many migrations stay far below its limits. */
const POLL_SECONDS = 5;
const pollSeconds = z.coerce.number().min(0.05).max(3600);

/** Milliseconds between two questions to Azure: HOWDAH_AZURE_POLL_SECONDS, else 5 s. */
function pollMs(): number {
  return (pollSeconds.safeParse(process.env["HOWDAH_AZURE_POLL_SECONDS"]).data ?? POLL_SECONDS) * 1000;
}

/** What was just created may not be there yet for a reader: that is no end of it. */
const APPEARS_WITHIN_MS = 120_000;

const SIGN_IN: ReadonlySet<string> = new Set(["AZURE_SIGN_IN_FAILED", "AZURE_TOKEN_REFUSED"]);
/** Somebody has to mend these in Azure, or on the Servers page. */
const LOCKED_OUT: ReadonlySet<string> = new Set([...SIGN_IN, "AZURE_RIGHT_MISSING"]);
/** Between two attempts then. */
const LOCKED_OUT_POLLS = 6;

/** Runs until Azure's service says that the migration has ended. Throws the signal's reason, and what cannot pass. */
export async function runInAzure(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const azure = new AzureRunner(context, await openAccount(), idOf(migration));
  await azure.follow();
  return "leave";
}

class AzureRunner {
  readonly #context: RunContext;
  #account: AzureAccount;
  readonly #id: AzureMigrationId;
  readonly #patience = new Patience(retryLimitMs());
  readonly #missing = new Patience(APPEARS_WITHIN_MS);

  constructor(context: RunContext, account: AzureAccount, id: AzureMigrationId) {
    this.#context = context;
    this.#account = account;
    this.#id = id;
  }

  async follow(): Promise<void> {
    const { run, signal } = this.#context;
    let waitsFor: string | null = null;
    let isCreated = false;
    for (;;) {
      signal.throwIfAborted();
      try {
        const migration = await loadMigration(run);
        const asked = parseAzureRun(migration.azureRun);
        isCreated = asked.isCreated;
        const status = await this.#step(migration, asked);
        if (await mirrorAzureStatus(run, status)) return;
        this.#patience.progress();
        this.#missing.progress();
        waitsFor = null;
        await sleep(pollMs(), undefined, { signal });
      } catch (error) {
        const pauseMs = this.#pauseAfter(error, isCreated);
        if (pauseMs === null || !(error instanceof CodedError)) throw error;
        if (waitsFor !== error.code) await this.#tell(error);
        waitsFor = error.code;
        await sleep(pauseMs, undefined, { signal });
        // Somebody may have entered another principal, or signed the machine in again.
        if (SIGN_IN.has(error.code)) this.#account = await openAccount();
      }
    }
  }

  /** Creates the migration, sends a wish, or reads how it stands: one call to Azure. */
  async #step(migration: LoadedMigration, asked: AzureRun): Promise<AzureMigrationStatus> {
    const { run, signal } = this.#context;
    if (!asked.isCreated) return await this.#create(migration, asked);
    const wish = wishesToSend(migration, asked);
    if (!wish) return await readAzureMigration(this.#account, this.#id, signal);
    try {
      const status = await updateAzureMigration(this.#account, this.#id, wish.change, signal);
      const message = `Handed on to Azure: ${wish.what}.`;
      await writeAzureRun(run, wish.asked, [{ level: "info", kind: "wish-received", message }]);
      return status;
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "AZURE_REFUSED") throw error;
      // The migration goes on; only what was asked does not come true.
      const message = `Azure refused: ${wish.what}. ${error.message}`;
      await writeAzureRun(run, wish.asked, [{ level: "error", kind: "note", message }]);
      return await readAzureMigration(this.#account, this.#id, signal);
    }
  }

  async #create(migration: LoadedMigration, asked: AzureRun): Promise<AzureMigrationStatus> {
    const { run, signal } = this.#context;
    const body = await bodyOf(migration);
    const { location } = await readAzureServer(this.#account, this.#id, signal);
    // Asked twice with the same name and body it is the same migration.
    const status = await createAzureMigration(this.#account, this.#id, body, location, signal);
    const known = { ...asked, isCreated: true, migrationId: status.migrationId };
    const message = `Azure's migration service runs it${status.migrationId ? ` as ${status.migrationId}` : ""}.`;
    await writeAzureRun(run, known, [{ level: "info", kind: "note", message }]);
    return status;
  }

  /** Milliseconds until the next attempt; null when there is none. Once Azure has begun, it goes on without Howdah. */
  #pauseAfter(error: unknown, isCreated: boolean): number | null {
    if (!(error instanceof CodedError)) return null;
    if (isCreated && (error.transient || LOCKED_OUT.has(error.code))) return pollMs() * LOCKED_OUT_POLLS;
    if (error.transient) return this.#patience.failed();
    return error.code === "AZURE_NOT_FOUND" ? this.#missing.failed() : null;
  }

  async #tell(error: CodedError): Promise<void> {
    const { run, log } = this.#context;
    log.warn({ err: error }, "azure waits");
    const message = `Waiting for Azure: ${error.message}`;
    await appendEvents(store(), run.migrationId, [
      { level: "warning", kind: "waiting", message, data: { code: error.code } },
    ]);
  }
}

function idOf({ server, name }: LoadedMigration): AzureMigrationId {
  const id = server.azureResourceId === null ? null : parseAzureServerId(server.azureResourceId);
  if (id) return { ...id, migrationName: name };
  throw new CodedError("AZURE_TARGET_UNKNOWN", `${server.name} is not known as a flexible server in Azure.`, {
    subject: server.name,
  });
}

/** The body as it was sent to Howdah, with the passwords. */
async function bodyOf(migration: LoadedMigration) {
  const [sourceServerPassword, targetServerPassword] = [
    await openSecret(store(), migration.id, "source"),
    await openSecret(store(), migration.id, "target"),
  ];
  return migrationCreateBody.parse({
    location: migration.location,
    tags: migration.tags,
    properties: {
      ...asObject(migration.properties),
      secretParameters: {
        adminCredentials: { sourceServerPassword, targetServerPassword },
        sourceServerUsername: migration.sourceUser,
        targetServerUsername: migration.targetUser,
      },
    },
  });
}
