import { Icon } from "@/components/ui/icon";
import { formatClock } from "@/lib/migrations/format-time";
import type { ConnectionTestReport } from "@/lib/postgres/probes/report";
import { ProbeItem } from "./probe-item";
import { probesWith } from "./test-result";

interface TestReportProps {
  report: ConnectionTestReport;
  /** Fields changed since; the findings may no longer hold. */
  stale: boolean;
  running: boolean;
}

/** The probes of a connection test in the order they ran. */
export function TestReport({ report, stale, running }: TestReportProps) {
  const warnings = probesWith(report, "warning").length;
  return (
    <section aria-labelledby="test-report" className="rounded-md border border-line bg-bg">
      <header className="flex items-center gap-2 border-b border-line px-4 py-2.5 max-sm:px-3">
        {stale ? (
          <Icon name="retrying" className="text-warn" />
        ) : (
          <Icon
            name={report.ok ? (warnings > 0 ? "warning" : "succeeded") : "failed"}
            className={report.ok ? (warnings > 0 ? "text-warn" : "text-ok") : "text-bad"}
          />
        )}
        <h2 id="test-report" className="min-w-0 flex-1 font-semibold">
          {running ? "Testing…" : stale ? "Fields changed since this test: test again" : report.summary}
        </h2>
        <span className="text-caption whitespace-nowrap text-muted">{formatClock(report.testedAt)} UTC</span>
      </header>
      <ol aria-busy={running}>
        {report.probes.map((probe) => (
          <ProbeItem key={probe.name} probe={probe} />
        ))}
      </ol>
    </section>
  );
}
