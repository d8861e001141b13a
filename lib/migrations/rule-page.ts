import type { MigrationMode, SourceType } from "./vocabulary";

/** A validation rule as its page shows it. */
export interface RulePage {
  id: string;
  /** What holds when it passes. */
  title: string;
  why: string;
  level: "server" | "database";
  /** Modes in which it is checked. */
  modes: readonly MigrationMode[];
  severity: "Failed" | "Warning";
  code: string;
  /** Code of Azure's migration service for the same thing; null where it has none. */
  azureCode: string | null;
  /** ARM's name of the group it belongs to. */
  type: string;
  /** Where a finding is mended. */
  side: "source" | "target";
  general: string;
  /** Ways of providers that have their own, with the types of source they stand for. */
  providers: readonly { name: string; text: string; sourceTypes: readonly SourceType[] }[];
  /** What a login must be allowed for the check to run; null when anyone may. */
  needs: string | null;
}

/** What holds when the rule passes, as a heading; a setting's name at the beginning keeps its small letter. */
export function ruleHeading({ title }: Pick<RulePage, "title">): string {
  return /^\w+_/.test(title) ? title : title.charAt(0).toUpperCase() + title.slice(1);
}

/** How the finding is mended for a source of this type; `null` asks for the general way. */
export function fixFor(rule: RulePage, sourceType: SourceType | null): string {
  const own = sourceType && rule.providers.find(({ sourceTypes }) => sourceTypes.includes(sourceType));
  return rule.side === "source" && own ? own.text : rule.general;
}
