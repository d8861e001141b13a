import { StaleRunError } from "@/lib/store/run";

/**
 * True for errors of the store, which say nothing about the migration: the run ends and is taken up again. They may come
 * wrapped, from within the engine, which asks the store for its checkpoint.
 */
export function isStoreError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StaleRunError || cause.name.startsWith("PrismaClient")) return true;
  }
  return false;
}

/** True when another worker owns the migration by now. */
export function isSuperseded(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StaleRunError) return true;
  }
  return false;
}
