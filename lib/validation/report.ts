import type {
  ValidationDetails,
  ValidationMessage,
  ValidationSummaryItem,
} from "@/lib/migrations/validation-details";
import type { ValidationState } from "@/lib/migrations/vocabulary";
import { toCodedError } from "@/lib/postgres/errors";
import { type Providers, RULE_TYPES, type Rule, type RuleOutcome, type RuleType } from "./rule";

/** One rule's messages under its ARM type. */
export interface CheckedRule {
  type: RuleType;
  messages: ValidationMessage[];
}

const RANK: Record<ValidationState, number> = { Succeeded: 0, Warning: 1, Failed: 2 };

/** The gravest of `states`; Succeeded for none. */
export function worst(states: Iterable<ValidationState>): ValidationState {
  let gravest: ValidationState = "Succeeded";
  for (const state of states) if (RANK[state] > RANK[gravest]) gravest = state;
  return gravest;
}

/** Messages of a rule that ran: its problems, or what it looked at. */
export function messagesOf(rule: Rule, outcome: RuleOutcome, providers: Providers): ValidationMessage[] {
  if (outcome.notChecked) {
    const { because, remedy } = outcome.notChecked;
    return [{ ...notChecked(rule, because), remedy }];
  }
  if (outcome.problems.length === 0) return [{ state: "Succeeded", message: outcome.checked, rule: rule.id }];
  const remedyOfRule = rule.fix[providers[rule.side]] ?? rule.fix.general;
  return outcome.problems.map(({ message, severity, code, remedy, objects, fix }) => ({
    state: severity ?? rule.severity,
    message,
    code: code ?? rule.code,
    remedy: remedy ?? remedyOfRule,
    ...(objects ? { objects } : {}),
    rule: rule.id,
    why: rule.why,
    ...(fix && fix.length > 0 ? { fix } : {}),
  }));
}

/** A check of the connection itself that broke. */
export function failureMessage(error: unknown, subject: string): ValidationMessage {
  const coded = toCodedError(error, "INTERNAL", subject);
  return {
    state: "Failed",
    message: `${subject} ${coded.message}`.trim(),
    code: coded.code,
    remedy: coded.remedy,
  };
}

/** A rule that threw has not passed, whatever the reason; one that must hold is as good as failed. */
export function unrunMessage(rule: Rule, error: unknown): ValidationMessage {
  const coded = toCodedError(error, "INTERNAL", rule.id);
  const isDemanded = rule.level === "server" && rule.alwaysChecked;
  return {
    ...notChecked(rule, coded.message),
    state: isDemanded ? "Failed" : "Warning",
    code: coded.code,
    remedy: rule.needs ?? coded.remedy,
  };
}

/** Says that a rule did not run: neither a pass nor the reason for the failure. */
export function notChecked(rule: Rule, because: string): ValidationMessage {
  return {
    state: "Warning",
    message: `Not checked (${rule.title}): ${because}`,
    rule: rule.id,
    why: rule.why,
    notChecked: true,
  };
}

/** Groups rules by ARM type, in the order of RULE_TYPES; an item is as grave as its gravest message. */
export function summarize(rules: readonly CheckedRule[]): ValidationSummaryItem[] {
  return RULE_TYPES.flatMap((type) => {
    const messages = rules.filter((rule) => rule.type === type).flatMap((rule) => rule.messages);
    if (messages.length === 0) return [];
    return [{ type, state: worst(messages.map((message) => message.state)), messages }];
  });
}

/** The whole report's state. */
export function statusOf(details: Omit<ValidationDetails, "status">): ValidationState {
  return worst([
    ...details.serverLevelValidationDetails.map((item) => item.state),
    ...details.dbLevelValidationDetails.flatMap((database) => database.summary.map((item) => item.state)),
  ]);
}
