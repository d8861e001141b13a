import type { Metadata } from "next";
import { Suspense } from "react";
import { Wizard } from "@/components/wizard/wizard";
import { stepPageTitle } from "@/components/wizard/wizard-steps";
import { readServerList } from "@/lib/server/read-models";
import { requireSession } from "@/lib/server/require-session";

/** A fresh page always opens at the first step, whatever the URL asks for: the form starts empty. */
export const metadata: Metadata = { title: stepPageTitle("setup") };

export default async function NewMigrationPage() {
  await requireSession();
  return (
    <Suspense>
      <Wizard initialServers={await readServerList()} />
    </Suspense>
  );
}
