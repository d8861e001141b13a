import { z } from "zod";
import type { ScopeOptions } from "@/lib/cli/commands/shared-options";
import type { Output } from "@/lib/cli/output";
import { localServerResourceId } from "@/lib/migrations/resource-paths";
import type { HowdahClient } from "./howdah-client";

const serverList = z.looseObject({
  servers: z.array(z.looseObject({ resourceId: z.string(), name: z.string(), resourceGroup: z.string() })),
});

/**
 * ARM id of the registered server called `name`. A resource group or subscription that Howdah does not have, as scripts for Azure name
 * them, is passed over with a note where the name alone tells which server is meant. An unknown server gets an id of Howdah's own, for
 * the API to refuse. Throws RequestRefused.
 */
export async function findServerId(
  client: HowdahClient,
  name: string,
  { resourceGroup, subscription }: ScopeOptions,
  output: Output,
): Promise<string> {
  const { servers } = serverList.parse(await client.get("/api/servers"));
  const called = servers.filter((server) => server.name.toLowerCase() === name.toLowerCase());
  const there = called.filter(({ resourceId }) => liesIn(resourceId, resourceGroup, subscription));
  const found = there[0] ?? called[0];
  if (!found) return localServerResourceId(name);
  if (there.length === 0) {
    output.say(
      `Note: this Howdah has no ${describeScope(resourceGroup, subscription)}; its own server "${found.name}" is meant.`,
    );
  }
  return found.resourceId;
}

function liesIn(resourceId: string, group: string | undefined, subscription: string | undefined): boolean {
  const [, , inSubscription = "", , inGroup = ""] = resourceId.toLowerCase().split("/");
  return (
    (group === undefined || decodeURIComponent(inGroup) === group.toLowerCase()) &&
    (subscription === undefined || inSubscription === subscription.toLowerCase())
  );
}

function describeScope(group: string | undefined, subscription: string | undefined): string {
  return [
    ...(group === undefined ? [] : [`resource group "${group}"`]),
    ...(subscription === undefined ? [] : [`subscription "${subscription}"`]),
  ].join(" in ");
}
