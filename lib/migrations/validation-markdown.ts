import { formatDuration } from "./format-duration";
import { elapsedMs } from "./format-time";
import type { ValidationDetails } from "./validation-details";
import { countsText, type Finding, groupReport, type ReportGroup, totalCounts } from "./validation-groups";

/** The report as Markdown, in the order of the page. */
export function validationMarkdown(title: string, details: ValidationDetails): string {
  const groups = groupReport(details);
  const [start, end] = [details.validationStartTimeInUtc, details.validationEndTimeInUtc];
  const head = [
    `# ${escaped(title)}`,
    `${countsText(totalCounts(groups))} in ${formatDuration(elapsedMs(start, end, 0))}, begun ${start}. A check that is not named did not run.`,
  ];
  return `${[...head, ...groups.flatMap(section)].join("\n\n")}\n`;
}

function section(group: ReportGroup): string[] {
  const name = group.database === null ? "Instance" : `Database ${group.database}`;
  const passed = group.passes.map(({ rule, detail }) => `- ${rule}${detail ? `: ${escaped(detail)}` : ""}`);
  return [
    `## ${escaped(name)}`,
    countsText(group.counts),
    ...group.findings.flatMap(finding),
    ...(passed.length > 0 ? ["### Passed", passed.join("\n")] : []),
  ];
}

function finding(found: Finding): string[] {
  const word = found.notChecked ? "Not checked" : found.state;
  const facts = [
    `- Rule: ${found.rule}${found.code ? ` (\`${found.code}\`)` : ""}`,
    found.why && `- Why it matters: ${escaped(found.why)}`,
    found.remedy && `- Fix: ${escaped(found.remedy)}`,
    found.objects.length > 0 &&
      `- Where:\n${found.objects.map((object) => `  - ${code(object)}`).join("\n")}`,
  ].filter((fact) => fact !== false && fact !== null && fact !== "");
  const statements = found.fix.map(({ side, sql }) => `-- on the ${side}\n${sql}`).join("\n");
  return [
    `### ${word}: ${escaped(found.message)}`,
    facts.join("\n"),
    ...(statements ? [fenced(statements)] : []),
  ];
}

/** Names may hold anything, Markdown included. */
function escaped(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");
}

function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence} ${text.replaceAll("\n", "\\n")} ${fence}`;
}

function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sql\n${text}\n${fence}`;
}
