import type { Metadata } from "next";
import { RulesView } from "@/components/rules/rules-view";
import { requireSession } from "@/lib/server/require-session";
import { readRulePages } from "@/lib/server/rule-pages";

export const metadata: Metadata = { title: "Rules and prerequisites" };

export default async function RulesPage() {
  await requireSession();
  return <RulesView rules={readRulePages()} />;
}
