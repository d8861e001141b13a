import { readHealth } from "@/lib/server/endpoints/health";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: readHealth });
