import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 30_000;

/** Asks the store again while it is away; other errors come through at once. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const away = error instanceof Error && error.name.startsWith("PrismaClient");
      if (!away || performance.now() > until) throw error;
      await sleep(200);
    }
  }
}
