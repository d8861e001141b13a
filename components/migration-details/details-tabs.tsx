"use client";

import type { ReactNode } from "react";
import { Icon } from "@/components/ui/icon";
import { TONE_TEXT } from "@/components/ui/status-badge";
import { TabLinks } from "@/components/ui/tab-links";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { validationStatus } from "@/lib/migrations/status";
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
  activity: "Activity",
};

/** The tabs, each at its own address, and what the current one shows. */
export function DetailsTabs({ migration, tab }: { migration: MigrationDetails; tab: DetailsTab }) {
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
      {tab === "validation" && <ValidationTab migration={migration} />}
      {tab === "migration" && <MigrationTab migration={migration} />}
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
