import Link from "next/link";
import { PageName } from "@/components/shell/page-name";
import { FactList, Panel } from "@/components/ui/panel";
import { MODE_LABELS } from "@/lib/migrations/labels";
import { ruleLabel } from "@/lib/migrations/rule-label";
import { type RulePage, ruleHeading } from "@/lib/migrations/rule-page";

/** One rule: what holds when it passes, why it matters, how it is mended where. */
export function RuleView({ rule }: { rule: RulePage }) {
  return (
    <article className="max-w-[840px]">
      <PageName name={rule.id} />
      <h1 tabIndex={-1} className="text-page wrap-anywhere">
        {ruleHeading(rule)}
      </h1>
      <p className="mt-1 mb-4">{rule.why}</p>
      <Panel title={`How to fix it on the ${rule.side}`} className="mb-4">
        <p className="py-1">{rule.general}</p>
        {rule.providers.length > 0 && (
          <FactList facts={rule.providers.map(({ name, text }) => ({ label: name, value: text }))} />
        )}
      </Panel>
      <Panel title="About the check">
        <FactList
          facts={[
            { label: "Otherwise", value: rule.severity === "Failed" ? "Stops the migration" : "A warning" },
            { label: "Rule", value: <code key="rule">{rule.id}</code> },
            { label: "Code", value: <code>{rule.code}</code> },
            ...(rule.azureCode
              ? [{ label: "Azure's own code", value: <code key="azure">{rule.azureCode}</code> }]
              : []),
            {
              label: "Level",
              value: rule.level === "server" ? "Once for both servers" : "For every database",
            },
            { label: "Mode", value: rule.modes.map((mode) => MODE_LABELS[mode]).join(", ") },
            { label: "Group", value: ruleLabel(rule.type) },
            ...(rule.needs ? [{ label: "Needs", value: rule.needs }] : []),
          ]}
        />
      </Panel>
      <p className="mt-4">
        <Link href="/rules" className="link">
          All rules
        </Link>
      </p>
    </article>
  );
}
