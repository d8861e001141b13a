import { previewSourceFilter } from "@/lib/server/endpoints/source-objects";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ POST: previewSourceFilter });
