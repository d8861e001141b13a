import type { Metadata } from "next";
import { MigrationsGrid } from "@/components/migrations-grid/migrations-grid";
import { readMigrationList } from "@/lib/server/read-models";
import { requireSession } from "@/lib/server/require-session";

export const metadata: Metadata = { title: "Migrations" };

export default async function MigrationsPage() {
  await requireSession();
  const initial = await readMigrationList();
  return (
    <>
      <h1 tabIndex={-1} className="text-page">
        Migrations
      </h1>
      <MigrationsGrid initial={initial} renderedAtMs={Date.now()} />
    </>
  );
}
