import type { Metadata } from "next";
import { ServersView } from "@/components/servers/servers-view";
import { readServerList } from "@/lib/server/read-models";
import { requireSession } from "@/lib/server/require-session";

export const metadata: Metadata = { title: "Servers" };

export default async function ServersPage() {
  const { role } = await requireSession();
  return <ServersView initial={await readServerList()} role={role} />;
}
