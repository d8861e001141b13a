import { Prisma, type Server } from "@/lib/generated/prisma/client";
import { TERMINAL_STATES } from "@/lib/migrations/vocabulary";
import { CodedError } from "@/lib/util/coded-error";
import { type StoreClient, store } from "./client";

/** A server as it is registered; `key` identifies it. */
export type ServerRegistration = Omit<Prisma.ServerUncheckedCreateInput, "id" | "createdAt" | "updatedAt">;

/** The server with this key (lower-cased "subscription/group/name"), or null. */
export async function findServer(key: string): Promise<Server | null> {
  return await store().server.findUnique({ where: { key } });
}

/** Servers of a subscription, or of one of its resource groups, by key; a page of them after the key `after`. */
export async function listServers(
  scope: { subscriptionId: string; resourceGroup?: string },
  { after = null, limit }: { after?: string | null; limit?: number } = {},
): Promise<Server[]> {
  return await store().server.findMany({
    where: {
      subscriptionId: { equals: scope.subscriptionId, mode: "insensitive" },
      ...(scope.resourceGroup === undefined
        ? {}
        : { resourceGroup: { equals: scope.resourceGroup, mode: "insensitive" } }),
      ...(after === null ? {} : { key: { gt: after } }),
    },
    orderBy: { key: "asc" },
    ...(limit === undefined ? {} : { take: limit }),
  });
}

/** Servers with the number of their migrations, newest first. */
export async function listServersWithCounts(): Promise<{ server: Server; total: number; active: number }[]> {
  const servers = await store().server.findMany({ orderBy: { createdAt: "desc" } });
  const counts = await store().migration.groupBy({ by: ["serverId", "state"], _count: { _all: true } });
  return servers.map((server) => {
    const own = counts.filter((count) => count.serverId === server.id);
    const active = own.filter(({ state }) => !(TERMINAL_STATES as readonly string[]).includes(state));
    const sum = (groups: typeof own) => groups.reduce((total, group) => total + group._count._all, 0);
    return { server, total: sum(own), active: sum(active) };
  });
}

/**
 * Registers a server or changes its registration; its name keeps the first spelling, and version and size count for one
 * address only. `check` sees what there is, locked, and may throw. Throws CodedError SERVER_IN_USE when host or port would
 * change under an active migration.
 */
export async function saveServer(
  registration: ServerRegistration,
  check: (existing: Server | null) => void = () => undefined,
): Promise<{ server: Server; created: boolean }> {
  return await store().$transaction(async (db) => {
    // Also keeps two from registering one name at once, when there is no row yet to lock.
    await db.$executeRaw`select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(${registration.key}, 0))`;
    await db.$queryRaw`select 1 from server where key = ${registration.key} for update`;
    const existing = await db.server.findUnique({ where: { key: registration.key } });
    check(existing);
    if (!existing) return { server: await db.server.create({ data: registration }), created: true };
    const moved = existing.host !== registration.host || existing.port !== registration.port;
    if (moved) await demandIdle(db, existing);
    const { name: _, ...changes } = registration;
    const unseen = moved ? { version: null, storageBytes: null, checkedAt: null } : {};
    return {
      server: await db.server.update({ where: { id: existing.id }, data: { ...unseen, ...changes } }),
      created: false,
    };
  });
}

async function demandIdle(db: StoreClient, server: Server): Promise<void> {
  const active = await db.migration.count({
    where: { serverId: server.id, state: { notIn: [...TERMINAL_STATES] } },
  });
  if (active === 0) return;
  throw new CodedError(
    "SERVER_IN_USE",
    `Host and port of ${server.name} cannot change while it has active migrations: ${active}.`,
    { subject: server.name },
  );
}

/** Removes a registration; false when there was none. Throws CodedError SERVER_IN_USE while it has migrations. */
export async function deleteServer(key: string): Promise<boolean> {
  const server = await findServer(key);
  if (!server) return false;
  try {
    await store().server.deleteMany({ where: { id: server.id } });
    return true;
  } catch (cause) {
    // Foreign key of migration: a count beforehand would race with a migration being created.
    if (cause instanceof Prisma.PrismaClientKnownRequestError && cause.code === "P2003") {
      throw new CodedError("SERVER_IN_USE", `${server.name} has migrations and cannot be removed.`, {
        subject: server.name,
        cause,
      });
    }
    throw cause;
  }
}
