"use client";

import { useQuery } from "@tanstack/react-query";
import { conditionalReader } from "@/components/live/conditional-reader";
import { announceFailure } from "@/components/ui/toaster";
import type { RegisteredServer, ServerList } from "@/lib/migrations/server-contract";

const SERVERS_URL = "/api/servers";
const readServers = conditionalReader<ServerList>(SERVERS_URL);

/** The registered servers; `initial` is what the page was rendered with. */
export function useServers(initial: ServerList): {
  servers: RegisteredServer[];
  refresh: () => Promise<void>;
} {
  const { data, refetch } = useQuery({
    queryKey: [SERVERS_URL],
    queryFn: ({ signal }) => readServers(signal),
    initialData: initial,
    staleTime: 5_000,
  });
  return {
    servers: data.servers,
    refresh: async () => {
      const { isError } = await refetch();
      // The old list stays on screen; without a word it would look as if nothing had been done.
      if (isError)
        announceFailure("The list of servers could not be read again", "Reload the page to see it as it is.");
    },
  };
}
