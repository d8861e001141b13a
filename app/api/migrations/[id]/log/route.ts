import { downloadLog } from "@/lib/server/endpoints/migration-log";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: downloadLog });
