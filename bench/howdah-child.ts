import { moveDatabase } from "@/lib/engine/move-database";
import type { HowdahAnswer } from "./howdah";
import type { Move } from "./movers";

function answer(message: HowdahAnswer): void {
  process.send?.(message);
}

async function move({ source, target, jobs }: Move): Promise<HowdahAnswer> {
  const startedAt = performance.now();
  try {
    const { signal } = new AbortController();
    const result = await moveDatabase({ source, target, jobs, report: () => undefined, signal });
    const failed = result.failures.find((failure) => failure.severity === "error");
    return failed ? { error: `${failed.object}: ${failed.message}` } : { ms: performance.now() - startedAt };
  } catch (error) {
    return { error: String(error) };
  }
}

process.once("message", (message) => {
  void move(message as Move).then(answer);
});
answer({ ready: true });
