import type { Metadata } from "next";
import { ApiDocsView } from "@/components/api-docs/api-docs-view";
import { buildDescription } from "@/lib/server/openapi/build-description";
import { requireSession } from "@/lib/server/require-session";

export const metadata: Metadata = { title: "API" };

export default async function ApiDocsPage() {
  await requireSession();
  return <ApiDocsView description={buildDescription()} />;
}
