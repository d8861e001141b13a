import "server-only";
import type { RulePage } from "@/lib/migrations/rule-page";
import { MIGRATION_MODES, SOURCE_TYPES } from "@/lib/migrations/vocabulary";
import { describeCode } from "@/lib/util/error-codes";
import { PROVIDER_NAMES, PROVIDERS, providerOf } from "@/lib/validation/provider";
import { DATABASE_RULES, SERVER_RULES } from "@/lib/validation/registry";
import type { Rule } from "@/lib/validation/rule";

/** Every validation rule, in the order in which they are checked. */
export function readRulePages(): RulePage[] {
  return [...SERVER_RULES, ...DATABASE_RULES].map(pageOf);
}

/** The rule of that id; null when there is none. */
export function readRulePage(id: string): RulePage | null {
  return readRulePages().find((page) => page.id === id) ?? null;
}

function pageOf(rule: Rule): RulePage {
  return {
    id: rule.id,
    title: rule.title,
    why: rule.why,
    level: rule.level,
    modes: rule.mode ? [rule.mode] : MIGRATION_MODES,
    severity: rule.severity,
    code: rule.code,
    azureCode: describeCode(rule.code).azure ?? null,
    type: rule.type,
    side: rule.side,
    general: rule.fix.general,
    providers: PROVIDERS.flatMap((provider) => {
      const text = rule.fix[provider];
      if (text === undefined) return [];
      const sourceTypes = SOURCE_TYPES.filter((type) => providerOf(type) === provider);
      return [{ name: PROVIDER_NAMES[provider], text, sourceTypes }];
    }),
    needs: rule.needs ?? null,
  };
}
