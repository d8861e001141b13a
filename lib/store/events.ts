import type { EventKind, EventLevel } from "@/lib/migrations/activity";
import type { StoreClient } from "./client";
import { rowChunks } from "./row-chunks";

export interface NewEvent {
  level: EventLevel;
  kind: EventKind;
  /** One sentence for people; never holds a secret. */
  message: string;
  database?: string;
  object?: string;
  data?: Record<string, unknown>;
  /** When it happened; default: when it is written. */
  at?: Date;
}

/** Appends to the migration's activity log, in the order given. */
export async function appendEvents(
  db: StoreClient,
  migrationId: string,
  events: readonly NewEvent[],
): Promise<void> {
  for (const some of rowChunks(events)) await appendSome(db, migrationId, some);
}

async function appendSome(db: StoreClient, migrationId: string, events: readonly NewEvent[]): Promise<void> {
  await db.$executeRaw`
    insert into migration_event (migration_id, at, level, kind, message, database, object, data)
    select ${migrationId}::uuid, coalesce(u.at, now()), u.level, u.kind, u.message, u.database, u.object, u.data
      from unnest(
        ${events.map((event) => event.at?.toISOString() ?? null)}::text[]::timestamptz[],
        ${events.map((event) => event.level)}::text[],
        ${events.map((event) => event.kind)}::text[],
        ${events.map((event) => storable(event.message))}::text[],
        ${events.map((event) => event.database ?? null)}::text[],
        ${events.map((event) => (event.object === undefined ? null : storable(event.object)))}::text[],
        ${events.map((event) => storableJson(event.data ?? {}))}::text[]::jsonb[]
      ) with ordinality as u (at, level, kind, message, database, object, data, place)
     order by u.place`;
}

/** The data type jsonb cannot hold a null character either. */
function storableJson(data: Record<string, unknown>): string {
  return JSON.stringify(data, (_, value: unknown) => (typeof value === "string" ? storable(value) : value));
}

/** PostgreSQL's text type holds no null character; a server's message might quote one. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
