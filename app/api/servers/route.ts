import { listServers } from "@/lib/server/endpoints/servers";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: listServers });
