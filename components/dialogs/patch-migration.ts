import type { z } from "zod";
import { failureOf, RequestFailed } from "@/components/live/request-failed";
import type { migrationPatchBody } from "@/lib/migrations/contract";
import { API_VERSION } from "@/lib/migrations/resource-paths";

export type MigrationPatch = NonNullable<z.input<typeof migrationPatchBody>["properties"]>;

/**
 * States a wish on the migration's ARM resource. The answer says that the wish was stored, not that it is done: the next
 * poll shows that. Throws RequestFailed with ARM's code and message.
 */
export async function patchMigration(resourceId: string, properties: MigrationPatch): Promise<void> {
  const response = await send(resourceUrl(resourceId), {
    method: "PATCH",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ properties }),
  });
  if (!response.ok) throw await failureOf(response);
}

/** Removes the record of an ended migration. Throws RequestFailed with ARM's code and message. */
export async function removeMigrationRecord(resourceId: string): Promise<void> {
  const response = await send(`${resourceUrl(resourceId)}&removeRecord=true`, { method: "DELETE" });
  if (!response.ok) throw await failureOf(response);
}

/** Where the ARM representation of a resource can be read. */
export function resourceUrl(resourceId: string): string {
  return `${resourceId}?api-version=${API_VERSION}`;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new RequestFailed(0, "NO_ANSWER", "Howdah does not answer. Nothing was changed.", { cause: error });
  }
}
