import { listAuditEvents } from "@/lib/server/endpoints/audit-events";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({ GET: listAuditEvents });
