import { StatusBadge } from "@/components/ui/status-badge";
import { countNoun } from "@/lib/migrations/format-quantity";
import { formatClock } from "@/lib/migrations/format-time";
import { type FinishedTest, probesWith } from "./test-result";

/** A test in one line: how many probes passed, when, and which version answered. */
export function TestOutcome({ test }: { test: FinishedTest | null }) {
  if (!test) return null;
  const { report } = test;
  const warnings = probesWith(report, "warning").length;
  const passed = report.probes.length - warnings;
  const status =
    warnings > 0
      ? ({
          label: `${passed} passed, ${countNoun(warnings, "warning")}`,
          tone: "warn",
          icon: "warning",
        } as const)
      : ({ label: `${countNoun(passed, "probe")} passed`, tone: "ok", icon: "succeeded" } as const);
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <StatusBadge status={status} />
      <span className="text-muted">
        {formatClock(report.testedAt)} UTC, PostgreSQL {report.inventory?.version}
      </span>
    </span>
  );
}
