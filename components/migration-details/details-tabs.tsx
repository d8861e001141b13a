"use client";

import type { ReactNode } from "react";
import { Icon } from "@/components/ui/icon";
import { TONE_TEXT } from "@/components/ui/status-badge";
import { TabLinks } from "@/components/ui/tab-links";
import { VerificationTab } from "@/components/verification/verification-tab";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { validationStatus, verificationStatus } from "@/lib/migrations/status";
import { ActivityTab } from "./activity-tab";
import { DETAILS_TABS, type DetailsTab } from "./details-tab";
import { MigrationTab } from "./migration-tab";
import { OverviewTab } from "./overview-tab";
import { problemsText } from "./problem-counts";
import { ValidationTab } from "./validation-tab";

const LABELS: Record<DetailsTab, string> = {
  overview: "Overview",
  validation: "Validation",
  migration: "Migration",
  verification: "Verification",
  activity: "Activity",
};

interface DetailsTabsProps {
  migration: MigrationDetails;
  tab: DetailsTab;
  renderedAtMs: number;
  mayAct: boolean;
  /** Something was asked for: the migration is to be read again. */
  onAsked: () => void;
}

/** The tabs, each at its own address, and what the current one shows. */
export function DetailsTabs({ migration, tab, ...asking }: DetailsTabsProps) {
  return (
    <>
      <TabLinks
        label="Migration details"
        className="mt-6 mb-4"
        tabs={DETAILS_TABS.map((name) => ({
          href: `/migrations/${migration.id}?tab=${name}`,
          label: LABELS[name],
          current: name === tab,
          mark: markOf(name, migration),
        }))}
      />
      {tab === "overview" && <OverviewTab migration={migration} />}
      {tab === "validation" && <ValidationTab migration={migration} mayAct={asking.mayAct} />}
      {tab === "migration" && <MigrationTab migration={migration} />}
      {tab === "verification" && <VerificationTab migration={migration} {...asking} />}
      {tab === "activity" && <ActivityTab migration={migration} />}
    </>
  );
}

/** Says beside a tab's name that something in it needs a look. */
function markOf(tab: DetailsTab, migration: MigrationDetails): ReactNode {
  if (tab === "validation" && migration.validation && migration.validation.status !== "Succeeded") {
    const status = validationStatus(migration.validation.status);
    return <Mark icon={status.icon} tone={TONE_TEXT[status.tone]} text={status.label} />;
  }
  if (tab === "migration" && migration.problemsTotal > 0) {
    const errors = migration.problems.some((problem) => problem.severity === "error");
    const status = validationStatus(errors ? "Failed" : "Warning");
    return <Mark icon={status.icon} tone={TONE_TEXT[status.tone]} text={problemsText(migration)} />;
  }
  const [verification] = migration.verifications;
  if (tab === "verification" && verification && verification.state !== "canceled") {
    const status = verificationStatus(verification.state);
    return <Mark icon={status.icon} tone={TONE_TEXT[status.tone]} text={status.label} />;
  }
  return null;
}

function Mark({
  icon,
  tone,
  text,
}: {
  icon: Parameters<typeof Icon>[0]["name"];
  tone: string;
  text: string;
}) {
  return (
    <span className={tone}>
      <Icon name={icon} size={14} />
      <span className="sr-only">{text}</span>
    </span>
  );
}
