import { TERMINAL_STATES } from "@/lib/migrations/vocabulary";
import { store } from "./client";

/** A worker not heard of for this long is gone; see countWorkersOnline(). */
const GONE_MS = 30_000;

/**
 * Active migrations whose creator's name begins with `creatorPrefix` and whose last worker is gone: what a killed process
 * left behind. Those no worker has taken for as long are among them.
 */
export async function findInterruptedMigrations(
  creatorPrefix: string,
): Promise<{ id: string; name: string }[]> {
  const goneAt = new Date(Date.now() - GONE_MS);
  const alive = await store().worker.findMany({
    where: { seenAt: { gt: goneAt } },
    select: { name: true },
  });
  return await store().migration.findMany({
    where: {
      createdBy: { startsWith: creatorPrefix },
      state: { notIn: [...TERMINAL_STATES] },
      cancelRequestedAt: null,
      pausedAt: null,
      OR: [
        { workerName: null, createdAt: { lt: goneAt } },
        { workerName: { notIn: alive.map((worker) => worker.name) } },
      ],
    },
    select: { id: true, name: true },
  });
}
