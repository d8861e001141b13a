import type { AuditEvent, Prisma } from "@/lib/generated/prisma/client";
import { store } from "./client";
import { storable } from "./events";

export interface NewAuditEvent {
  actor: string;
  role: string;
  action: string;
  target: string;
  address: string;
  outcome: string;
  /** Facts beside the outcome; never a secret. */
  data?: Record<string, string | number | boolean>;
}

/** Texts come from requests: long ones are cut, since the log is for reading. */
const TEXT_LIMIT = 500;

/** Appends to the audit log. */
export async function appendAuditEvent({ data, ...texts }: NewAuditEvent): Promise<void> {
  const cut = (text: string) => storable(text.slice(0, TEXT_LIMIT));
  await store().auditEvent.create({
    data: {
      actor: cut(texts.actor),
      role: cut(texts.role),
      action: cut(texts.action),
      target: cut(texts.target),
      address: cut(texts.address),
      outcome: cut(texts.outcome),
      data: (data ?? {}) satisfies Prisma.InputJsonObject,
    },
  });
}

/** Reads a page of the audit log, newest first, older than the entry `before`. */
export async function readAuditEvents(page: {
  before: bigint | null;
  limit: number;
}): Promise<{ total: number; events: AuditEvent[] }> {
  const total = await store().auditEvent.count();
  const events = await store().auditEvent.findMany({
    ...(page.before === null ? {} : { where: { id: { lt: page.before } } }),
    orderBy: { id: "desc" },
    take: page.limit,
  });
  return { total, events };
}
