import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { backOffMs, STEADY_MS } from "./back-off";

export interface SupervisedOptions {
  /** For messages: "worker". */
  name: string;
  /** Starts the process; called again whenever it has ended. */
  start(): ChildProcess;
  say(line: string): void;
}

export interface Supervised {
  /** Ends the present process, so that a fresh one starts at once. */
  restart(): void;
  /** SIGTERM, SIGKILL after `graceMs` or as soon as `forced` is aborted; resolves when the process has ended for good. */
  stop(graceMs: number, forced: AbortSignal): Promise<void>;
}

/** Keeps a process running until `stop()`, with a growing pause between starts that fail one after the other. */
export function supervise({ name, start, say }: SupervisedOptions): Supervised {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let wanted = false;

  const keepRunning = async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const startedAt = Date.now();
      wanted = false;
      child = start();
      const end = await endOf(child);
      if (stopping.signal.aborted) return;
      failures = wanted || Date.now() - startedAt > STEADY_MS ? 0 : failures + 1;
      const pauseMs = backOffMs(failures - 1);
      if (!wanted) say(`The ${name} process ended (${end}); starting it again in ${pauseMs / 1000} s.`);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const done = keepRunning();

  return {
    restart() {
      wanted = true;
      child?.kill("SIGTERM");
    },
    async stop(graceMs, forced) {
      stopping.abort();
      const kill = () => void child?.kill("SIGKILL");
      const timer = setTimeout(kill, graceMs);
      if (forced.aborted) kill();
      else forced.addEventListener("abort", kill, { once: true });
      child?.kill("SIGTERM");
      await done;
      clearTimeout(timer);
      forced.removeEventListener("abort", kill);
    },
  };
}

/** How the process ended, in words; a program that cannot be started counts as ended. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
}
