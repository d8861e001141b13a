import type { Metadata } from "next";
import { RulesView } from "@/components/rules/rules-view";
import { MIGRATION_MODES, SOURCE_TYPES } from "@/lib/migrations/vocabulary";
import { requireSession } from "@/lib/server/require-session";
import { readRulePages } from "@/lib/server/rule-pages";

export const metadata: Metadata = { title: "Rules and prerequisites" };

interface RulesPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function RulesPage({ searchParams }: RulesPageProps) {
  await requireSession();
  const asked = await searchParams;
  const source = SOURCE_TYPES.find((type) => type === asked["source"]) ?? "OnPremises";
  const mode = MIGRATION_MODES.find((one) => one === asked["mode"]) ?? "Offline";
  return <RulesView key={`${source} ${mode}`} rules={readRulePages()} source={source} mode={mode} />;
}
