import { connect } from "@/lib/postgres/connect";
import { endClient } from "@/lib/postgres/end-client";
import { store } from "@/lib/store/client";
import { enqueueMigration } from "@/lib/store/job-queue";
import { advance, fenced, type LoadedMigration } from "@/lib/store/run";
import { inParallel } from "@/lib/util/in-parallel";
import { maintenanceDatabases, openAnySession } from "@/lib/validation/rules/authentication-and-connectivity";
import { tuneTarget } from "./azure/tune-target";
import { askBriefly } from "./brief-patience";
import {
  maintenanceOf,
  mayOverwrite,
  openEndpoints,
  propertiesOf,
  type ServerEndpoints,
  targetNameOf,
} from "./endpoints";
import type { RunContext, StepResult } from "./run-context";

const LOOKS_AT_ONCE = 4;

/**
 * The gate before the copy: existing target databases need consent, a start may be scheduled. Goes to MigratingData or to the
 * substate that waits for what is missing.
 */
export async function enterCopy(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const { run } = context;
  const properties = propertiesOf(migration);
  const windowStart = properties.migrationWindowStartTimeInUtc
    ? new Date(properties.migrationWindowStartTimeInUtc)
    : null;
  // The checks before have spoken to both servers.
  const conflicts = await askBriefly({ signal: context.signal, wereThere: true }, () =>
    lookAtServers(context, migration),
  );
  if (conflicts.length > 0 && !mayOverwrite(migration)) {
    const message = `Already on the target: ${conflicts.join(", ")}. Waits until overwriting is confirmed.`;
    await advance(run, "ask-overwrite", { events: [{ level: "warning", kind: "waiting", message }] });
    return "leave";
  }
  if (properties.startDataMigration !== "True" && windowStart && windowStart > new Date()) {
    await advance(run, "await-window");
    await enqueueMigration(store(), run.migrationId, windowStart);
    return "leave";
  }
  if (properties.startDataMigration === "False" && !windowStart) {
    await advance(run, "ask-scheduling", {
      events: [{ level: "info", kind: "waiting", message: "Waits until the data migration is started." }],
    });
    return "leave";
  }
  await tuneTarget(context, migration);
  await advance(run, "copy");
  return "continue";
}

/** Notes sizes on the source and which databases the target already has; returns those that this migration did not create. */
async function lookAtServers(context: RunContext, migration: LoadedMigration): Promise<string[]> {
  const { run, engine, signal } = context;
  const endpoints = await openEndpoints(migration);
  const open = migration.databases.filter(
    ({ state, cancelRequestedAt }) =>
      cancelRequestedAt === null && (state === null || state === "InProgress"),
  );
  const sizes = await readSizes(
    endpoints,
    open.map(({ name }) => name),
    signal,
  );
  const exists = await inParallel(open, LOOKS_AT_ONCE, async (database) => {
    if (database.createdOnTarget || database.createdOid !== null) return false;
    const name = targetNameOf(database);
    return await engine.targetDatabaseExists({ target: maintenanceOf(endpoints.target, name), name, signal });
  });
  await fenced(run, async (db) => {
    for (const [index, database] of open.entries()) {
      await db.migrationDatabase.update({
        where: { id: database.id },
        data: {
          sizeBytes: sizes.get(database.name) ?? null,
          // Once seen it stays noted, even when it was dropped meanwhile: it is not this migration's to remove.
          existsOnTarget: database.existsOnTarget || exists[index] === true,
        },
      });
    }
  });
  return open.filter((_, index) => exists[index] === true).map(targetNameOf);
}

/** Sizes in bytes of the source's databases; those the login may not connect to are left out. */
async function readSizes(
  { source }: ServerEndpoints,
  databases: string[],
  signal: AbortSignal,
): Promise<Map<string, bigint>> {
  const session = await openAnySession(source, maintenanceDatabases(databases), signal);
  try {
    const { rows } = await session.client.query<{ name: string; size: string }>(
      `select datname as name, pg_database_size(oid)::text as size from pg_database
       where datname = any($1) and has_database_privilege(oid, 'connect')`,
      [databases],
    );
    return new Map(rows.map(({ name, size }) => [name, BigInt(size)]));
  } finally {
    await endClient(session.client);
  }
}

/** Throws the source's CodedError when the database cannot be opened there any more; nothing on the target was touched then. */
export async function assertOnSource(
  { source }: ServerEndpoints,
  database: string,
  signal: AbortSignal,
): Promise<void> {
  const client = await connect({ ...source, database }, { signal });
  await endClient(client);
}
