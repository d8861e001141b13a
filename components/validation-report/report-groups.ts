import type {
  ValidationDetails,
  ValidationMessage,
  ValidationSummaryItem,
} from "@/lib/migrations/validation-details";
import type { ValidationState } from "@/lib/migrations/vocabulary";

export interface Counts {
  failed: number;
  warnings: number;
  passed: number;
}

/** One thing a rule found, shown as one collapsible. */
export interface Finding {
  rule: string;
  state: "Failed" | "Warning";
  message: string;
  code: string | null;
  remedy: string | null;
  objects: string[];
}

/** A rule that found nothing, with what it looked at where it says so. */
export interface Pass {
  rule: string;
  detail: string | null;
  durationMs: number | null;
}

export interface ReportGroup {
  /** null for the instance, else the database. */
  database: string | null;
  counts: Counts;
  /** Failures before warnings. */
  findings: Finding[];
  passes: Pass[];
  durationMs: number;
}

export type SeverityFilter = "all" | "failed" | "warning" | "passed";

/** The report in reading order: the instance, then the databases, those with failures first. */
export function groupReport(details: ValidationDetails): ReportGroup[] {
  const instance = group(null, details.serverLevelValidationDetails, instanceDuration(details));
  const databases = details.dbLevelValidationDetails.map((entry) =>
    group(entry.databaseName, entry.summary, span(entry.startedOn, entry.endedOn)),
  );
  return [instance, ...databases.sort((a, b) => severity(b.counts) - severity(a.counts))];
}

/** Counts over all groups: rules, not messages, as a rule passes or fails as a whole. */
export function totalCounts(groups: readonly ReportGroup[]): Counts {
  return groups.reduce<Counts>(
    (sum, { counts }) => ({
      failed: sum.failed + counts.failed,
      warnings: sum.warnings + counts.warnings,
      passed: sum.passed + counts.passed,
    }),
    { failed: 0, warnings: 0, passed: 0 },
  );
}

/** "2 failed · 3 warnings · 41 passed"; zeros are left out, unless nothing else is left. */
export function countsText(counts: Counts): string {
  const parts = [
    counts.failed > 0 && `${counts.failed} failed`,
    counts.warnings > 0 && `${counts.warnings} ${counts.warnings === 1 ? "warning" : "warnings"}`,
    counts.passed > 0 && `${counts.passed} passed`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(" · ") : "no checks";
}

/** The part of a group a severity filter leaves; null when nothing is left. */
export function filterGroup(whole: ReportGroup, filter: SeverityFilter): ReportGroup | null {
  if (filter === "all") return whole;
  const wanted = filter === "failed" ? "Failed" : "Warning";
  const findings = filter === "passed" ? [] : whole.findings.filter((finding) => finding.state === wanted);
  const passes = filter === "passed" ? whole.passes : [];
  return findings.length + passes.length > 0 ? { ...whole, findings, passes } : null;
}

/** Names of the rules that ran, each once, in order: what a passed report actually promises. */
export function rulesThatRan(details: ValidationDetails): string[] {
  const items = [
    ...details.serverLevelValidationDetails,
    ...details.dbLevelValidationDetails.flatMap((entry) => entry.summary),
  ];
  return [...new Set(items.map((item) => item.type))];
}

function group(database: string | null, items: ValidationSummaryItem[], durationMs: number): ReportGroup {
  const findings = items.flatMap(findingsOf).sort((a, b) => rank(a.state) - rank(b.state));
  const passes = items.filter((item) => item.state === "Succeeded").map(passOf);
  return { database, counts: countRules(items), findings, passes, durationMs };
}

function findingsOf(item: ValidationSummaryItem): Finding[] {
  if (item.state === "Succeeded") return [];
  const telling = item.messages.filter((message) => message.state !== "Succeeded");
  // A failed rule without a message would otherwise vanish from the page.
  const messages: ValidationMessage[] =
    telling.length > 0 ? telling : [{ state: item.state, message: `${item.type} did not pass.` }];
  return messages.map((message) => ({
    rule: item.type,
    state: message.state === "Warning" ? "Warning" : "Failed",
    message: message.message,
    code: message.code ?? null,
    remedy: message.remedy ?? null,
    objects: message.objects ?? [],
  }));
}

function passOf(item: ValidationSummaryItem): Pass {
  return {
    rule: item.type,
    detail: item.messages[0]?.message ?? null,
    durationMs: item.startedOn && item.endedOn ? span(item.startedOn, item.endedOn) : null,
  };
}

function countRules(items: readonly ValidationSummaryItem[]): Counts {
  const count = (state: ValidationState) => items.filter((item) => item.state === state).length;
  return { failed: count("Failed"), warnings: count("Warning"), passed: count("Succeeded") };
}

function rank(state: Finding["state"]): number {
  return state === "Failed" ? 0 : 1;
}

function severity(counts: Counts): number {
  if (counts.failed > 0) return 2;
  return counts.warnings > 0 ? 1 : 0;
}

function instanceDuration(details: ValidationDetails): number {
  const ends = details.serverLevelValidationDetails.flatMap((item) => (item.endedOn ? [item.endedOn] : []));
  const last = ends.sort().at(-1);
  return last ? span(details.validationStartTimeInUtc, last) : 0;
}

function span(start: string, end: string): number {
  return Math.max(0, Date.parse(end) - Date.parse(start));
}
