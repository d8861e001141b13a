import { setTimeout as sleep } from "node:timers/promises";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import { endClient } from "@/lib/postgres/end-client";
import { CodedError } from "@/lib/util/coded-error";
import { ChangeStream, type ChangeStreamOptions } from "./change-stream";
import { shortIdOf } from "./slots";

const AGAIN_MS = 200;
/** A killed reader's backend mostly notices by itself within this. */
const KIND_MS = 1_000;
const PATIENCE_MS = 12_000;

/**
 * Opens the stream of a slot of ours. One that is still read, by a run that died or was cut off, is waited for, and after 1 s
 * its reader is ended: whoever calls this owns the slot. Throws as ChangeStream.open() does.
 */
export async function openStream(options: ChangeStreamOptions): Promise<ChangeStream> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await ChangeStream.open(options);
    } catch (error) {
      const waitedMs = performance.now() - startedAt;
      const isInUse = error instanceof CodedError && error.code === "SLOT_IN_USE";
      if (!isInUse || waitedMs > PATIENCE_MS) throw error;
      if (waitedMs > KIND_MS) await endReader(options);
    }
    await sleep(AGAIN_MS, undefined, { signal: options.signal });
  }
}

async function endReader({ settings, slot, signal }: ChangeStreamOptions): Promise<void> {
  if (shortIdOf(slot) === null) return;
  const client = await connectWithEmptyPath(settings, { applicationName: "howdah clean-up", signal });
  try {
    await client.query(
      "select pg_catalog.pg_terminate_backend(active_pid) from pg_catalog.pg_replication_slots where slot_name = $1 and active",
      [slot],
    );
  } finally {
    await endClient(client);
  }
}
