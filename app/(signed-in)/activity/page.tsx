import type { Metadata } from "next";
import { AuditLog } from "@/components/audit-log/audit-log";
import { EmptyState } from "@/components/ui/empty-state";
import { roleCovers } from "@/lib/migrations/access";
import { requireSession } from "@/lib/server/require-session";

export const metadata: Metadata = { title: "Activity" };

export default async function ActivityPage() {
  const actor = await requireSession();
  return (
    <>
      <h1 tabIndex={-1} className="text-page">
        Activity
      </h1>
      {roleCovers(actor.role, "admin") ? (
        <AuditLog />
      ) : (
        <EmptyState
          icon="activity"
          title="Only administrators read the audit log"
          description="What happened to a single migration is on its Activity tab."
        />
      )}
    </>
  );
}
