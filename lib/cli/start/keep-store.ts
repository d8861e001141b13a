import { setTimeout as sleep } from "node:timers/promises";
import { openStoreServer } from "@/lib/cli/command-store";
import { describeForTerminal } from "@/lib/cli/output";
import type { EmbeddedStore } from "@/lib/embedded/store";
import { backOffMs } from "./back-off";

export interface KeptStore extends AsyncDisposable {
  /** Present address; changes only when the port was taken while the server was down. */
  databaseUrl(): string;
}

export interface KeepStoreOptions {
  say(line: string): void;
  /** The store came back under another address. */
  onMoved(): void;
  /** Once aborted, a server that goes away is left alone: all of it is being stopped. */
  ending: AbortSignal;
}

/** Opens the store for a launcher and opens it again whenever its server goes away. Throws as `openStoreServer`. */
export async function keepStore({ say, onMoved, ending }: KeepStoreOptions): Promise<KeptStore> {
  const stopping = new AbortController();
  let store: EmbeddedStore = await openStoreServer({ exclusive: true });

  const reopen = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      try {
        store = await openStoreServer({ exclusive: true, signal: stopping.signal });
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        for (const line of describeForTerminal(error)) say(line);
        await sleep(backOffMs(failures), undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const watch = async (): Promise<void> => {
    const ended = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
    while (!stopping.signal.aborted) {
      const before = store.databaseUrl;
      await Promise.race([store.lost, ended]);
      if (stopping.signal.aborted || ending.aborted) return;
      say("The store's server went away; starting it again.");
      await reopen();
      if (store.databaseUrl !== before) onMoved();
    }
  };
  const watching = watch();

  return {
    databaseUrl: () => store.databaseUrl,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
      await store.release();
    },
  };
}
