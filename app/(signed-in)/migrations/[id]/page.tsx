import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { DetailsPage } from "@/components/migration-details/details-page";
import { parseDetailsTab } from "@/components/migration-details/details-tab";
import { roleCovers } from "@/lib/migrations/access";
import { readMigrationDetails } from "@/lib/server/read-models";
import { requireSession } from "@/lib/server/require-session";

interface PageProps {
  params: Promise<{ id: string }>;
  searchParams: Promise<{ tab?: string | string[]; dialog?: string | string[] }>;
}

// Title and page need the same migration: read it once a request.
const readOnce = cache(readMigrationDetails);

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  await requireSession();
  const migration = await readOnce((await params).id);
  return { title: migration?.name ?? "Migration not found" };
}

export default async function MigrationPage({ params, searchParams }: PageProps) {
  const actor = await requireSession();
  const migration = await readOnce((await params).id);
  if (!migration) notFound();
  const { tab, dialog } = await searchParams;
  return (
    <DetailsPage
      initial={migration}
      renderedAtMs={Date.now()}
      tab={parseDetailsTab(tab)}
      mayAct={roleCovers(actor.role, "operator")}
      cutover={dialog === "cutover"}
    />
  );
}
