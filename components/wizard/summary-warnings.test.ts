import { describe, expect, it } from "vitest";
import { databaseRows, selection } from "./database-rows";
import { filledForm } from "./filled-form.fixture";
import { inventory, inventoryDatabase, passedReport } from "./report.fixture";
import { startLabel, summaryWarnings } from "./summary-warnings";
import { sourceTestInput } from "./test-result";

const rows = databaseRows(
  inventory({
    databases: [inventoryDatabase("ticketdb"), inventoryDatabase("geo", { extensions: ["postgis 3.1"] })],
  }),
  inventory({ databases: [inventoryDatabase("ticketdb")] }),
);
const nothing = { source: null, target: null, overwrite: false, option: "ValidateAndMigrate" } as const;

describe("summaryWarnings", () => {
  it("has none for a clean pair of servers", () => {
    const test = { input: sourceTestInput(filledForm()), report: passedReport() };
    expect(
      summaryWarnings({ ...nothing, source: test, target: test, selection: selection(rows, []) }),
    ).toEqual([]);
  });

  it("repeats what the connection tests warned about, with the side", () => {
    const report = passedReport();
    const probes = report.probes.map((probe) =>
      probe.name === "tls"
        ? { ...probe, outcome: "warning" as const, found: "Not encrypted", remedy: "Turn ssl on" }
        : probe,
    );
    const source = { input: sourceTestInput(filledForm()), report: { ...report, probes } };
    expect(summaryWarnings({ ...nothing, source, selection: selection(rows, []) })).toEqual([
      { key: "Source tls", text: "Source: Not encrypted.", remedy: "Turn ssl on" },
    ]);
  });

  it("warns of dropped databases only when they would be dropped", () => {
    const facts = { ...nothing, selection: selection(rows, ["ticketdb"]) };
    expect(summaryWarnings(facts)).toEqual([]);
    expect(summaryWarnings({ ...facts, overwrite: true })[0]?.text).toContain("ticketdb");
    expect(summaryWarnings({ ...facts, overwrite: true, option: "Validate" })).toEqual([]);
  });

  it("says what a missing extension will do, which depends on the option", () => {
    const facts = { ...nothing, selection: selection(rows, ["geo"]) };
    expect(summaryWarnings(facts)[0]?.remedy).toContain("validation will fail");
    expect(summaryWarnings({ ...facts, option: "Migrate" })[0]?.remedy).toContain("will fail");
  });
});

describe("startLabel", () => {
  it.each([
    ["Validate", 0, "Start validation"],
    ["Migrate", 0, "Start migration"],
    ["ValidateAndMigrate", 0, "Start validation and migration"],
    ["ValidateAndMigrate", 2, "Start validation and migration anyway"],
  ] as const)("for %s with %i warnings is %s", (option, warnings, label) => {
    expect(startLabel(option, warnings)).toBe(label);
  });
});
