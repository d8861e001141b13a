import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { RuleView } from "@/components/rules/rule-view";
import { ruleHeading } from "@/lib/migrations/rule-page";
import { requireSession } from "@/lib/server/require-session";
import { readRulePage } from "@/lib/server/rule-pages";

interface RulePageProps {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: RulePageProps): Promise<Metadata> {
  const rule = readRulePage((await params).id);
  return { title: rule ? ruleHeading(rule) : "No such rule" };
}

export default async function RulePage({ params }: RulePageProps) {
  await requireSession();
  const rule = readRulePage((await params).id);
  if (!rule) notFound();
  return <RuleView rule={rule} />;
}
