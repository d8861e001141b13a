"use client";

import { CodeBlock } from "@/components/ui/code-block";
import { Icon } from "@/components/ui/icon";
import {
  clientAddressIn,
  type NetworkEnd,
  type NetworkStep,
  networkAdvice,
} from "@/lib/migrations/network-scenarios";
import { type FinishedTest, sourceTestInput, targetTestInput } from "./test-result";
import { useWizard } from "./wizard-context";

const SIDES: Record<NetworkStep["side"], string> = {
  howdah: "Howdah",
  source: "Source",
  target: "Target",
};

/** What to open where for the addresses entered; closed until someone needs it. */
export function NetworkHelp() {
  const { values, servers, tests } = useWizard();
  const source = endOf(sourceTestInput(values), tests.source.finished);
  const target = endOf(targetTestInput(values, servers), tests.target.finished);
  if (!source) return null;
  const advice = networkAdvice({ source: { ...source, type: values.body.properties.sourceType }, target });
  return (
    <details className="group rounded-md border border-line bg-bg">
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-2 px-4 py-2.5 max-sm:px-3">
        <Icon name="right" className="text-muted transition-[rotate] duration-100 group-open:rotate-90" />
        <span className="font-medium">What to open in the network</span>
        <span className="text-caption text-muted">{advice.title}</span>
      </summary>
      <ol className="grid gap-3 border-t border-line px-4 py-3 text-table max-sm:px-3">
        {advice.steps.map(({ side, text, code }) => (
          <li key={`${side} ${text}`} className="grid gap-x-4 gap-y-1 sm:grid-cols-[72px_minmax(0,1fr)]">
            <span className="text-muted">{SIDES[side]}</span>
            <div className="min-w-0">
              <p>{text}</p>
              {code && (
                <div className="mt-1">
                  <CodeBlock code={code} what={`line of pg_hba.conf for the ${side}`} />
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** The server that was entered, with what its last test has told; null while there is none. */
function endOf(
  input: { host: string; port: number; user: string } | null,
  test: FinishedTest | null,
): NetworkEnd | null {
  if (!input || input.host === "") return null;
  const { host, port, user } = input;
  const tested = test?.input.host === host ? test.report.probes : [];
  const dns = tested.find(({ name, outcome }) => name === "dns" && outcome === "passed");
  const login = tested.find(({ code }) => code === "NO_PG_HBA_ENTRY");
  return {
    host,
    port: Number.isInteger(port) && port > 0 ? port : 5432,
    user,
    addresses: dns ? dns.found.split(", ") : [],
    clientAddress: login ? clientAddressIn(`${login.found} ${login.cause ?? ""}`) : null,
  };
}
