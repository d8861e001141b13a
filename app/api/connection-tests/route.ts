import { runConnectionTest } from "@/lib/server/endpoints/connection-tests";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ POST: runConnectionTest });
