import { countNoun, formatBytes } from "@/lib/migrations/format-quantity";
import type { MigrationMode, MigrationOption } from "@/lib/migrations/vocabulary";
import type { ConnectionTestReport } from "@/lib/postgres/probes/report";
import { probesWith } from "./test-result";
import type { WizardStep } from "./wizard-steps";

export interface NextText {
  title: string;
  text: string;
}

export interface AsideFacts {
  option: MigrationOption;
  mode: MigrationMode;
  /** Report of the step's own test when it is fresh. */
  report: ConnectionTestReport | null;
  /** Sum of the chosen databases in bytes. */
  bytes: number;
  databases: number;
}

const SUMMARY: NextText = { title: "Summary", text: "Read everything once, then start." };
const DATABASES: NextText = {
  title: "Select databases",
  text: "Sizes and conflicts are already known from the tests.",
};

const FOLLOW: readonly NextText[] = [
  {
    title: "Catch-up",
    text: "Indexes and constraints, then the changes of the source, for as long as you like.",
  },
  {
    title: "Cutover",
    text: "You stop writes and ask for it; it can be rehearsed before. Slots are removed.",
  },
];

/** What follows a step, in order. */
export function nextTexts(step: WizardStep, facts: AsideFacts): NextText[] {
  switch (step) {
    case "setup":
      return [
        {
          title: "Connect to source",
          text: "Host, login, and a test that takes seconds and names the cause if it fails.",
        },
        {
          title: "Select target and databases",
          text: "Sizes and conflicts are already known from the tests.",
        },
        SUMMARY,
      ];
    case "source":
      return [
        testText(facts),
        { title: "Select migration target", text: "The same test runs against the target." },
        DATABASES,
      ];
    case "target":
      return [testText(facts), DATABASES, SUMMARY];
    case "databases":
      return [SUMMARY, ...runTexts(facts)];
    case "summary":
      return runTexts(facts);
  }
}

function testText({ report }: AsideFacts): NextText {
  if (!report)
    return { title: "Test the connection", text: "Editing a field afterwards marks the result as stale." };
  if (report.ok) {
    const found = report.inventory ? countNoun(report.inventory.databases.length, "database") : "";
    return { title: "Connected", text: `${found} found, with sizes and extensions.` };
  }
  const failed = probesWith(report, "failed").length;
  return {
    title: "Repair and test again",
    text: `${failed} of ${report.probes.length} probes failed. The test repeats all of them.`,
  };
}

function runTexts({ option, mode, bytes, databases }: AsideFacts): NextText[] {
  const validation = {
    title: "Validation",
    text: "Reads catalogs on both servers. A failed check stops before any data moves.",
  };
  const online = mode === "Online";
  const copy = {
    title: "Copy",
    text: `${countNoun(databases, "database")}, ${formatBytes(bytes)}. ${online ? "A replication slot keeps what is written meanwhile" : "The source is only read"}; the largest tables go first.`,
  };
  const end = {
    title: "Finish",
    text: "Indexes, constraints, sequences and statistics. Every table is counted.",
  };
  if (option === "Validate")
    return [validation, { title: "Report", text: "What failed, why, and how to mend it." }];
  const rest = online ? [copy, ...FOLLOW] : [copy, end];
  return option === "Migrate" ? rest : [validation, ...rest];
}
