import { hostname } from "node:os";
import { store } from "@/lib/store/client";

const BEAT_MS = 5_000;
/** Three beats may be missed before a worker counts as gone. */
const ONLINE_MS = 30_000;
const FORGOTTEN_MS = 24 * 3600 * 1000;

/** Workers heard of in the last 30 s. */
export async function countWorkersOnline(): Promise<number> {
  return await store().worker.count({ where: { seenAt: { gt: new Date(Date.now() - ONLINE_MS) } } });
}

/** Registers this worker and renews its row until `remove()`; rows of workers gone for a day are deleted in passing. */
export async function keepWorkerRow(name: string): Promise<{ remove(): Promise<void> }> {
  const { id } = await store().worker.create({ data: { name, host: hostname(), pid: process.pid } });
  await store().worker.deleteMany({ where: { seenAt: { lt: new Date(Date.now() - FORGOTTEN_MS) } } });
  const beat = async () => {
    const seenAt = new Date();
    await store().worker.upsert({
      where: { id },
      create: { id, name, host: hostname(), pid: process.pid },
      update: { seenAt },
    });
  };
  // A missed beat is made good by the next one.
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  return {
    async remove() {
      clearInterval(timer);
      await store().worker.deleteMany({ where: { id } });
    },
  };
}
