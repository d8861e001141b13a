export const DETAILS_TABS = ["overview", "validation", "migration", "verification", "activity"] as const;
export type DetailsTab = (typeof DETAILS_TABS)[number];

/** The tab a query parameter names; the overview for anything else. */
export function parseDetailsTab(value: string | string[] | undefined): DetailsTab {
  return DETAILS_TABS.find((tab) => tab === value) ?? "overview";
}
