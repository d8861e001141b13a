/** Who may do what, least first: viewers read, operators migrate and register servers, admins also read the audit log. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** True when `role` includes everything `least` may do. */
export function roleCovers(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** GET and POST /api/session */
export interface SessionInfo {
  name: string;
  role: Role;
  /** ISO 8601; null for an API token that does not expire. */
  expiresAt: string | null;
}

/** One entry of GET /api/audit-events. */
export interface AuditEvent {
  /** Decimal string, grows. */
  id: string;
  at: string;
  actor: string;
  role: string;
  /** For example "Microsoft.DBforPostgreSQL/flexibleServers/migrations/write". */
  action: string;
  /** ARM resource id, or host and port of a connection test. */
  target: string;
  address: string;
  /** "succeeded", or "refused" or "failed" with the error's code after a colon. */
  outcome: string;
  data: Record<string, unknown>;
}

/** GET /api/audit-events?before=&limit=; newest first. */
export interface AuditPage {
  total: number;
  events: AuditEvent[];
}
