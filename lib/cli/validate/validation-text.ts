import { formatDuration } from "@/lib/migrations/format-duration";
import { elapsedMs } from "@/lib/migrations/format-time";
import type { ValidationDetails } from "@/lib/migrations/validation-details";
import {
  countsText,
  type Finding,
  groupReport,
  type ReportGroup,
  totalCounts,
} from "@/lib/migrations/validation-groups";

/** Named in full up to here; the other formats have them all. */
const OBJECTS_SHOWN = 20;

/** The report for a terminal, line by line, the verdict last. */
export function validationText(details: ValidationDetails): string[] {
  const groups = groupReport(details);
  const [start, end] = [details.validationStartTimeInUtc, details.validationEndTimeInUtc];
  return [
    ...groups.flatMap(section),
    `${countsText(totalCounts(groups))} in ${formatDuration(elapsedMs(start, end, 0))}.`,
  ];
}

function section(group: ReportGroup): string[] {
  const name = group.database === null ? "Instance" : `Database ${group.database}`;
  return [
    `${name}: ${countsText(group.counts)}`,
    ...group.findings.flatMap(finding),
    ...group.passes.map(({ rule, detail }) => `  ok       ${rule}${detail ? `: ${detail}` : ""}`),
    "",
  ];
}

function finding(found: Finding): string[] {
  const word = found.notChecked ? "unknown" : found.state === "Failed" ? "FAILED" : "warning";
  const shown = found.objects.slice(0, OBJECTS_SHOWN);
  const left = found.objects.length - shown.length;
  const details = [
    ...(shown.length > 0 ? [`where: ${shown.join(", ")}${left > 0 ? ` and ${left} more` : ""}`] : []),
    ...(found.why ? [`why: ${found.why}`] : []),
    ...(found.remedy ? [`fix: ${found.remedy}`] : []),
    ...found.fix.slice(0, OBJECTS_SHOWN).map(({ side, sql }) => `run on the ${side}: ${sql}`),
  ];
  const code = found.code ? ` [${found.code}]` : "";
  return [
    `  ${word.padEnd(8)} ${found.rule}: ${found.message}${code}`,
    ...details.map((line) => `             ${line}`),
  ];
}
