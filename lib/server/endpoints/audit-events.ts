import { endpoint } from "../endpoint";
import { readAuditLog } from "../read-models";
import * as schemas from "../read-schemas";
import { olderThan } from "./migrations";

/** GET /api/audit-events?before=&limit= */
export const listAuditEvents = endpoint({
  action: "Howdah/auditEvents/read",
  access: "admin",
  summary: "Lists who changed what, newest first.",
  query: olderThan,
  output: schemas.auditPage,
  async handle({ query }) {
    return { body: await readAuditLog(query) };
  },
});
