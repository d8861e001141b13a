import { readApiDescription } from "@/lib/server/endpoints/api-description";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: readApiDescription });
