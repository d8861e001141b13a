import { formatDuration } from "./format-duration";
import { elapsedMs } from "./format-time";
import type { ValidationDetails } from "./validation-details";
import { countsText, type Finding, groupReport, type ReportGroup, totalCounts } from "./validation-groups";

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#16191d}
h1{font-size:1.5em}h2{margin-top:2em;border-bottom:1px solid #ccc}h3{margin:1.2em 0 .3em}
article{break-inside:avoid;border-left:4px solid #b26a00;padding-left:1em}article.failed{border-color:#b3201c}
article.not-checked{border-color:#767c85}pre,code{font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:#f4f5f7;padding:.7em}dt{font-weight:600}dd{margin:0 0 .4em}`;

/** The report as one page that needs nothing else and prints well. */
export function validationHtml(title: string, details: ValidationDetails): string {
  const groups = groupReport(details);
  const [start, end] = [details.validationStartTimeInUtc, details.validationEndTimeInUtc];
  const summary = `${countsText(totalCounts(groups))} in ${formatDuration(elapsedMs(start, end, 0))}, begun ${start}. A check that is not named did not run.`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1><p>${escaped(summary)}</p>
${groups.map(section).join("\n")}
</body></html>
`;
}

function section(group: ReportGroup): string {
  const name = group.database === null ? "Instance" : `Database ${group.database}`;
  const passes = group.passes.map(
    ({ rule, detail }) => `<li><code>${escaped(rule)}</code>${detail ? `: ${escaped(detail)}` : ""}</li>`,
  );
  const passed = passes.length > 0 ? `<h3>Passed</h3><ul>${passes.join("")}</ul>` : "";
  return `<h2>${escaped(name)}</h2><p>${countsText(group.counts)}</p>${group.findings.map(article).join("\n")}${passed}`;
}

function article(finding: Finding): string {
  const kind = finding.notChecked ? "not-checked" : finding.state.toLowerCase();
  const word = finding.notChecked ? "Not checked" : finding.state;
  const statements = finding.fix.map(({ side, sql }) => `-- on the ${side}\n${sql}`).join("\n");
  const rows = [
    [
      "Rule",
      `<code>${escaped(finding.rule)}</code>${finding.code ? ` (<code>${escaped(finding.code)}</code>)` : ""}`,
    ],
    ["Why it matters", finding.why && escaped(finding.why)],
    ["Where", finding.objects.map((object) => `<code>${escaped(object)}</code>`).join(", ")],
    ["Fix", finding.remedy && escaped(finding.remedy)],
    ["Statements", statements && `<pre>${escaped(statements)}</pre>`],
  ].filter(([, value]) => value);
  const list = rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join("");
  return `<article class="${kind}"><h3>${word}: ${escaped(finding.message)}</h3><dl>${list}</dl></article>`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
