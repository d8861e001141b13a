import { store } from "./client";

/** True when the store answers within `withinMs` milliseconds. */
export async function storeAnswers(withinMs = 2_000): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, withinMs, false);
  try {
    return await Promise.race([late, ask()]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(): Promise<boolean> {
  try {
    await store().$queryRaw`select 1`;
    return true;
  } catch {
    return false;
  }
}
