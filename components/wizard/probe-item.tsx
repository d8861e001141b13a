import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import type { IconName } from "@/components/ui/icon-shapes";
import type { Probe, ProbeName } from "@/lib/postgres/probes/report";

const NAMES: Record<ProbeName, string> = {
  dns: "DNS",
  tcp: "TCP",
  tls: "TLS",
  login: "Login",
  version: "Version",
  privileges: "Privileges",
};

const OUTCOMES: Record<Probe["outcome"], { icon: IconName; tone: string; word: string; edge: string }> = {
  passed: { icon: "succeeded", tone: "text-ok", word: "Passed", edge: "" },
  failed: { icon: "failed", tone: "text-bad", word: "Failed", edge: "shadow-[inset_3px_0_0_var(--bad)]" },
  warning: {
    icon: "warning",
    tone: "text-warn",
    word: "Warning",
    edge: "shadow-[inset_3px_0_0_var(--warn)]",
  },
  skipped: { icon: "skipped", tone: "text-muted", word: "Skipped", edge: "" },
};

/** One probe: outcome, what was found, milliseconds; with cause and fix when it did not simply pass. */
export function ProbeItem({ probe }: { probe: Probe }) {
  const { icon, tone, word, edge } = OUTCOMES[probe.outcome];
  const troubled = probe.outcome === "failed" || probe.outcome === "warning";
  return (
    <li
      className={classNames(
        "grid grid-cols-[16px_minmax(0,1fr)_auto] items-start gap-x-3 gap-y-0.5 border-line px-3 py-[7px] text-table not-first:border-t",
        "sm:grid-cols-[16px_116px_minmax(0,1fr)_64px] sm:px-4",
        edge,
      )}
    >
      <span className={classNames("mt-px flex", tone)}>
        <Icon name={icon} />
        <span className="sr-only">{word}</span>
      </span>
      <span
        className={classNames(
          "font-medium",
          troubled && "font-semibold",
          probe.outcome === "skipped" && "text-muted",
        )}
      >
        {NAMES[probe.name]}
      </span>
      <span className="text-right text-muted max-sm:col-start-3 max-sm:row-start-1 sm:order-last">
        {probe.ms === null ? "–" : `${probe.ms} ms`}
      </span>
      <span className={classNames("wrap-anywhere max-sm:col-[2/-1]", troubled ? tone : "text-muted")}>
        {probe.found}
      </span>
      {troubled && (
        <div className="order-last col-[2/-1] grid gap-2 pt-1 pb-1.5">
          {probe.cause && (
            <p>
              <b className="font-semibold">Cause.</b> {probe.cause}
            </p>
          )}
          {probe.remedy && (
            <p className="wrap-anywhere">
              <b className="font-semibold">Fix.</b> {probe.remedy}
            </p>
          )}
          {probe.code && <code className="text-muted">{probe.code}</code>}
        </div>
      )}
    </li>
  );
}
