import type {
  ValidationDetails,
  ValidationMessage,
  ValidationSummaryItem,
} from "@/lib/migrations/validation-details";

export interface Counts {
  failed: number;
  warnings: number;
  /** Rules that could not run: neither found anything nor passed. */
  notChecked: number;
  passed: number;
}

/** Statement that mends a finding, and where it is to be run. */
export interface Fix {
  side: "source" | "target";
  sql: string;
}

/** One thing a rule found, shown as one collapsible. */
export interface Finding {
  /** Id of the rule; the ARM type where a report has none. */
  rule: string;
  /** ARM type. */
  type: string;
  state: "Failed" | "Warning";
  notChecked: boolean;
  message: string;
  why: string | null;
  code: string | null;
  remedy: string | null;
  objects: string[];
  fix: Fix[];
}

/** A rule that found nothing, with what it looked at where it says so. */
export interface Pass {
  rule: string;
  type: string;
  detail: string | null;
}

export interface ReportGroup {
  /** null for the instance, else the database. */
  database: string | null;
  counts: Counts;
  /** Failures before warnings before what was not checked. */
  findings: Finding[];
  passes: Pass[];
  durationMs: number;
}

export type SeverityFilter = "all" | "failed" | "warning" | "not-checked" | "passed";

const NOTHING: Counts = { failed: 0, warnings: 0, notChecked: 0, passed: 0 };

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
  return groups.reduce<Counts>((sum, { counts }) => add(sum, counts), NOTHING);
}

/** "2 failed · 3 warnings · 1 not checked · 41 passed"; zeros are left out, unless nothing else is left. */
export function countsText(counts: Counts): string {
  const parts = [
    counts.failed > 0 && `${counts.failed} failed`,
    counts.warnings > 0 && `${counts.warnings} ${counts.warnings === 1 ? "warning" : "warnings"}`,
    counts.notChecked > 0 && `${counts.notChecked} not checked`,
    counts.passed > 0 && `${counts.passed} passed`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(" · ") : "no checks";
}

/** The part of a group a severity filter leaves; null when nothing is left. */
export function filterGroup(whole: ReportGroup, filter: SeverityFilter): ReportGroup | null {
  if (filter === "all") return whole;
  const findings = whole.findings.filter((finding) => kindOf(finding) === filter);
  const passes = filter === "passed" ? whole.passes : [];
  return findings.length + passes.length > 0 ? { ...whole, findings, passes } : null;
}

/** Where a finding is counted and shown. */
export function kindOf({ notChecked, state }: Finding): Exclude<SeverityFilter, "all" | "passed"> {
  if (notChecked) return "not-checked";
  return state === "Failed" ? "failed" : "warning";
}

function group(database: string | null, items: ValidationSummaryItem[], durationMs: number): ReportGroup {
  const rules = items.flatMap(rulesOf);
  const findings = rules.flatMap(({ findings }) => findings).sort((a, b) => rank(a) - rank(b));
  const passes = rules.flatMap(({ pass }) => pass ?? []);
  const counts = rules.reduce((sum, rule) => add(sum, countOf(rule)), NOTHING);
  return { database, counts, findings, passes, durationMs };
}

/** What one rule said: findings, or a pass. */
interface RuleResult {
  findings: Finding[];
  pass: Pass | null;
}

/** The rules of an ARM item. Messages without a rule belong to one that is called as the item. */
function rulesOf(item: ValidationSummaryItem): RuleResult[] {
  const byRule = new Map<string, ValidationMessage[]>();
  for (const message of item.messages) {
    const rule = message.rule ?? item.type;
    byRule.set(rule, [...(byRule.get(rule) ?? []), message]);
  }
  const results = [...byRule].map(([rule, messages]) => resultOf(rule, item.type, messages));
  // A failed item that says nothing would otherwise vanish from the page.
  if (item.state === "Succeeded" || results.some(({ findings }) => findings.length > 0)) {
    return results.length > 0
      ? results
      : [{ findings: [], pass: { rule: item.type, type: item.type, detail: null } }];
  }
  const silent: ValidationMessage = { state: item.state, message: `${item.type} did not pass.` };
  return [...results, resultOf(item.type, item.type, [silent])];
}

function resultOf(rule: string, type: string, messages: readonly ValidationMessage[]): RuleResult {
  const findings = messages.flatMap((message) =>
    message.state === "Succeeded" ? [] : [findingOf(rule, type, message)],
  );
  const pass = findings.length > 0 ? null : { rule, type, detail: messages[0]?.message ?? null };
  return { findings, pass };
}

function findingOf(rule: string, type: string, message: ValidationMessage): Finding {
  return {
    rule,
    type,
    state: message.state === "Warning" ? "Warning" : "Failed",
    notChecked: message.notChecked ?? false,
    message: message.message,
    why: message.why ?? null,
    code: message.code ?? null,
    remedy: message.remedy ?? null,
    objects: message.objects ?? [],
    fix: message.fix ?? [],
  };
}

/** A rule counts once, by its gravest finding. */
function countOf({ findings, pass }: RuleResult): Counts {
  const [gravest] = [...findings].sort((a, b) => rank(a) - rank(b));
  if (pass || !gravest) return { ...NOTHING, passed: 1 };
  const kind = kindOf(gravest);
  if (kind === "failed") return { ...NOTHING, failed: 1 };
  return kind === "warning" ? { ...NOTHING, warnings: 1 } : { ...NOTHING, notChecked: 1 };
}

function add(a: Counts, b: Counts): Counts {
  return {
    failed: a.failed + b.failed,
    warnings: a.warnings + b.warnings,
    notChecked: a.notChecked + b.notChecked,
    passed: a.passed + b.passed,
  };
}

const RANKS = { failed: 0, warning: 1, "not-checked": 2 } as const;

function rank(finding: Finding): number {
  return RANKS[kindOf(finding)];
}

function severity(counts: Counts): number {
  if (counts.failed > 0) return 2;
  return counts.warnings + counts.notChecked > 0 ? 1 : 0;
}

function instanceDuration(details: ValidationDetails): number {
  const ends = details.serverLevelValidationDetails.flatMap((item) => (item.endedOn ? [item.endedOn] : []));
  const last = ends.sort().at(-1);
  return last ? span(details.validationStartTimeInUtc, last) : 0;
}

function span(start: string, end: string): number {
  return Math.max(0, Date.parse(end) - Date.parse(start));
}
