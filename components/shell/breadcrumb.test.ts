import { expect, it } from "vitest";
import { breadcrumbOf } from "./breadcrumb";

it("links back to the list from a migration and never links the page itself", () => {
  expect(breadcrumbOf("/migrations/0190", "rds-ticketing-01")).toEqual([
    { label: "Migrations", href: "/" },
    { label: "rds-ticketing-01", href: null },
  ]);
});

it("names a migration before its name is known", () => {
  expect(breadcrumbOf("/migrations/0190", null).at(-1)).toEqual({ label: "Migration", href: null });
});

it("takes the wizard for no migration called new", () => {
  expect(breadcrumbOf("/migrations/new", null).at(-1)?.label).toBe("Create migration");
});

it("links back to the rules from one of them", () => {
  expect(breadcrumbOf("/rules/wal-level", "wal-level")).toEqual([
    { label: "Rules", href: "/rules" },
    { label: "wal-level", href: null },
  ]);
});

it.each([
  ["/", "Migrations"],
  ["/rules", "Rules"],
  ["/servers", "Servers"],
  ["/activity", "Activity"],
  ["/nowhere", "Not found"],
])("%s is %s alone", (pathname, label) => {
  expect(breadcrumbOf(pathname, null)).toEqual([{ label, href: null }]);
});
