import { endClient } from "@/lib/postgres/end-client";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import type { NewEvent } from "@/lib/store/events";
import { enqueueMigration } from "@/lib/store/job-queue";
import { advance, fenced, type LoadedMigration } from "@/lib/store/run";
import type { Provider } from "@/lib/validation/provider";
import { maintenanceDatabases, openAnySession } from "@/lib/validation/rules/authentication-and-connectivity";
import { walLevel } from "@/lib/validation/rules/wal-level";
import { openEndpoints, validationScopeOf } from "../endpoints";
import type { RunContext, StepResult } from "../run-context";

/** How soon a waiting migration looks again whether the source has been restarted. */
const LOOK_AGAIN_MS = 15_000;

interface SourceLevel {
  level: string;
  /** wal_level as it will be after the next restart; null where it may not be read. */
  afterRestart: string | null;
}

/**
 * Before an online migration begins: does the source write what changes are read from? Where not, wal_level is set when the user
 * asked for it and the login may, and the migration waits for the restart that only the source's owner can do. true when it
 * waits. A source that cannot be reached is left to the checks. Throws the signal's reason.
 */
export async function waitsForLogicalReplication(
  context: RunContext,
  migration: LoadedMigration,
): Promise<boolean> {
  if (migration.mode !== "Online" || migration.option === "Validate") return false;
  const found = await lookAtSource(context, migration);
  if (found === null || found.level === "logical") return false;
  const events: NewEvent[] = [];
  if (migration.replicationSetupRequestedAt !== null) events.push(await setUp(context, migration, found));
  const { provider } = validationScopeOf(migration);
  events.push({
    level: "warning",
    kind: "waiting",
    message: `wal_level is ${found.level} on the source, but an online migration needs logical. ${remedyFor(provider)} Waits until then, and goes on by itself.`,
    data: { code: "WAL_LEVEL_NOT_LOGICAL" },
  });
  // First, because a request that comes right after the change moves that look to now.
  await lookAgain(migration.id);
  await advance(context.run, "ask-logical-replication", { events });
  return true;
}

/** WaitingForLogicalReplicationSetupRequestOnSourceDB: goes on when the source has it by now, or when the set-up was asked for. */
export async function resumeLogicalReplication(
  context: RunContext,
  migration: LoadedMigration,
): Promise<StepResult> {
  await lookAgain(migration.id);
  const found = await lookAtSource(context, migration);
  if (found?.level === "logical" || migration.replicationSetupRequestedAt !== null) {
    await advance(context.run, "replication-requested");
    return "continue";
  }
  return "leave";
}

async function lookAgain(migrationId: string): Promise<void> {
  await enqueueMigration(store(), migrationId, new Date(Date.now() + LOOK_AGAIN_MS));
}

const FILE_SETTING = `
select setting from pg_catalog.pg_file_settings where name = 'wal_level' order by seqno desc limit 1`;

/** null when the source cannot be asked now. */
async function lookAtSource({ signal }: RunContext, migration: LoadedMigration): Promise<SourceLevel | null> {
  try {
    const { source } = await openEndpoints(migration);
    const { client } = await openAnySession(source, databasesOf(migration), signal);
    try {
      const { rows } = await client.query<{ level: string }>(
        "select pg_catalog.current_setting('wal_level') as level",
      );
      const level = rows[0]?.level ?? "unknown";
      // Not every login may read the file.
      const file = await client.query<{ setting: string }>(FILE_SETTING).catch(() => null);
      return { level, afterRestart: file?.rows[0]?.setting ?? null };
    } finally {
      await endClient(client);
    }
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** Sets wal_level on the source, because the user asked for it; says what came of it. The wish is used up. */
async function setUp(
  { run, signal }: RunContext,
  migration: LoadedMigration,
  { afterRestart }: SourceLevel,
): Promise<NewEvent> {
  await fenced(run, (db) =>
    db.migration.update({
      where: { id: migration.id },
      data: { replicationSetupRequestedAt: null },
    }),
  );
  if (afterRestart === "logical")
    return set("wal_level is set to logical on the source already; it still has to be restarted.");
  try {
    const { source } = await openEndpoints(migration);
    const { client } = await openAnySession(source, databasesOf(migration), signal);
    try {
      await client.query("alter system set wal_level = 'logical'");
    } finally {
      await endClient(client);
    }
    return set(
      "wal_level was set to logical on the source, as asked. It holds once the source has been restarted.",
    );
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, sqlState } = toCodedError(error, "PRIVILEGE_MISSING");
    return {
      level: "warning",
      kind: "replication-setup",
      message: `wal_level could not be set on the source: ${message}`,
      data: { code, sqlState },
    };
  }
}

function set(message: string): NewEvent {
  return { level: "info", kind: "replication-setup", message };
}

function remedyFor(provider: Provider): string {
  const texts: Partial<Record<Provider | "general", string>> = walLevel.fix;
  return texts[provider] ?? walLevel.fix.general;
}

function databasesOf({ databases }: LoadedMigration): string[] {
  return maintenanceDatabases(databases.map(({ name }) => name));
}
