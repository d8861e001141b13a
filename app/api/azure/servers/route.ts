import { getAzureServers } from "@/lib/server/endpoints/azure";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: getAzureServers });
