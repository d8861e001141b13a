import type { Prisma } from "@/lib/generated/prisma/client";
import type { EventKind, EventLevel } from "@/lib/migrations/activity";
import type { StoreClient } from "./client";

export interface NewEvent {
  level: EventLevel;
  kind: EventKind;
  /** One sentence for people; never holds a secret. */
  message: string;
  database?: string;
  object?: string;
  data?: Record<string, unknown>;
}

/** Appends to the migration's activity log, in the order given. */
export async function appendEvents(
  db: StoreClient,
  migrationId: string,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await db.migrationEvent.createMany({
    data: events.map((event) => ({
      migrationId,
      level: event.level,
      kind: event.kind,
      message: storable(event.message),
      database: event.database ?? null,
      object: event.object ?? null,
      data: (event.data ?? {}) as Prisma.InputJsonObject,
    })),
  });
}

/** PostgreSQL's text type holds no null character; a server's message might quote one. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
