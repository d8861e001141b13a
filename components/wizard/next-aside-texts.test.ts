import { describe, expect, it } from "vitest";
import { type AsideFacts, nextTexts } from "./next-aside-texts";
import { inventory, inventoryDatabase, passedReport } from "./report.fixture";

const facts: AsideFacts = {
  option: "ValidateAndMigrate",
  mode: "Offline",
  report: null,
  bytes: 58_900_000_000,
  databases: 3,
};
const titles = (step: Parameters<typeof nextTexts>[0], rest: Partial<AsideFacts> = {}) =>
  nextTexts(step, { ...facts, ...rest }).map((text) => text.title);

describe("nextTexts", () => {
  it("promises only what the option does", () => {
    expect(titles("summary")).toEqual(["Validation", "Copy", "Finish"]);
    expect(titles("summary", { option: "Validate" })).toEqual(["Validation", "Report"]);
    expect(titles("summary", { option: "Migrate" })).toEqual(["Copy", "Finish"]);
    expect(titles("summary", { mode: "Online" })).toEqual(["Validation", "Copy", "Catch-up", "Cutover"]);
  });

  it("says what the connection test left to do", () => {
    expect(titles("source")[0]).toBe("Test the connection");
    expect(titles("source", { report: passedReport({ ok: false }) })[0]).toBe("Repair and test again");
    expect(titles("target", { report: passedReport() })[0]).toBe("Connected");
  });

  it("gives the number of databases found and the size to copy", () => {
    const report = passedReport({ inventory: inventory({ databases: [inventoryDatabase("a")] }) });
    expect(nextTexts("source", { ...facts, report })[0]?.text).toContain("1 database found");
    expect(nextTexts("summary", facts)[1]?.text).toContain("3 databases, 58.9 GB");
  });
});
