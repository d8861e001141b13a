import { getTimings } from "@/lib/server/endpoints/migrations";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: getTimings });
