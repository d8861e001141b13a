import { describeCode } from "@/lib/util/error-codes";
import { PROVIDER_NAMES, type Provider } from "@/lib/validation/provider";
import { DATABASE_RULES, SERVER_RULES } from "@/lib/validation/registry";
import type { Mend, Rule } from "@/lib/validation/rule";

const NOTICE = "Generated from `lib/validation/rules` by `npm run docs`; a test compares. Do not edit.";

const MENDED_BY: Record<Mend, string> = {
  statements:
    "statements, printed with the finding wherever the server takes them; some need a restart to count",
  configuration: "the configuration of the server, its service or its machine",
  decision: "a decision that only people can take",
};

/** Pages of docs/rules by file name: one a rule and the list of them, generated so that they cannot be out of date. */
export function renderRulePages(): Map<string, string> {
  const rules: readonly Rule[] = [...SERVER_RULES, ...DATABASE_RULES];
  return new Map([
    ["README.md", index(rules)],
    ...rules.map((rule): [string, string] => [`${rule.id}.md`, page(rule)]),
  ]);
}

function index(rules: readonly Rule[]): string {
  const rows = rules.map(
    (rule) =>
      `| [${rule.id}](${rule.id}.md) | ${rule.title} | ${level(rule)} | ${mode(rule)} | ${rule.severity} | ${rule.mendedBy} | \`${rule.code}\` |`,
  );
  return `# Validation rules

${NOTICE}

What is checked before a migration. A finding that failed stops it; a warning is shown and does not. A rule that could not
run is reported as not checked, never as passed.

| rule | passes when | level | mode | otherwise | mended by | code |
|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

function page(rule: Rule): string {
  const { azure } = describeCode(rule.code);
  const special = Object.entries(rule.fix).filter(([provider]) => provider !== "general");
  const fixes = special.map(([provider, text]) => `- **${PROVIDER_NAMES[provider as Provider]}**: ${text}`);
  return `# ${rule.id}

${NOTICE}

**Passes when**: ${rule.title}.

**Why**: ${rule.why}

**Otherwise**: ${rule.severity === "Failed" ? "failed, which stops the migration" : "a warning"}; code [\`${rule.code}\`](../error-codes.md)${azure ? ` (Azure's migration service: ${azure})` : ""}. ${level(rule)} level, ${mode(rule)}, ARM type \`${rule.type}\`.

**Mended by**: ${MENDED_BY[rule.mendedBy]}.

## How to fix it on the ${rule.side}

${[rule.fix.general, ...(fixes.length > 0 ? ["", ...fixes] : [])].join("\n")}
${rule.needs ? `\n## What the check needs\n\nWithout it the rule is reported as not checked: ${rule.needs}\n` : ""}`;
}

function level(rule: Rule): string {
  return rule.level === "server" ? "Server" : "Database";
}

function mode(rule: Rule): string {
  return rule.mode === "Online" ? "online only" : "offline and online";
}
