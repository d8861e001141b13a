import { describe, expect, it } from "vitest";
import { certainStop, type EarlyFacts, pairFindings, sourceFindings } from "./early-findings";
import { inventory, inventoryDatabase } from "./report.fixture";

const facts = (change: Partial<EarlyFacts> = {}): EarlyFacts => ({
  source: inventory({
    databases: [
      inventoryDatabase("maps", { extensions: ["postgis 3.4", "hstore 1.8"] }),
      inventoryDatabase("plain"),
      inventoryDatabase("shut", { canConnect: false, extensions: ["pg_cron 1.6"] }),
    ],
  }),
  target: inventory({ availableExtensions: { hstore: "1.8" } }),
  mode: "Offline",
  option: "ValidateAndMigrate",
  chosen: [],
  ...change,
});

describe("what would stop the run", () => {
  it("names extensions the target does not offer, and who uses them", () => {
    const [finding, ...rest] = pairFindings(facts());
    expect(finding?.rule).toBe("extensions-available");
    expect(finding?.text).toMatch(/^postgis, used by maps\. Validation fails/);
    expect(rest).toEqual([]);
    expect(pairFindings(facts({ chosen: ["plain"] }))).toEqual([]);
    expect(pairFindings(facts({ target: null }))).toEqual([]);
  });

  it("asks for logical WAL only for an online migration", () => {
    const source = inventory({ walLevel: "replica" });
    expect(sourceFindings(facts({ source }))).toEqual([]);
    expect(sourceFindings(facts({ source, mode: "Online" }))[0]?.text).toContain("wal_level replica");
    expect(sourceFindings(facts({ mode: "Online" }))).toEqual([]);
  });

  it("holds Next back where the run would stop for sure, and nowhere else", () => {
    const source = inventory({ walLevel: "replica" });
    expect(certainStop(facts({ source, mode: "Online" }), "source")).toContain("choose Offline");
    expect(certainStop(facts({ source, mode: "Online", option: "Migrate" }), "source")).not.toBeNull();
    expect(certainStop(facts({ source, mode: "Online", option: "Validate" }), "source")).toBeNull();
    expect(certainStop(facts({ source }), "source")).toBeNull();
    expect(certainStop(facts({ chosen: ["maps", "plain"] }), "databases")).toMatch(/^maps needs postgis\./);
    expect(certainStop(facts({ chosen: ["plain"] }), "databases")).toBeNull();
    expect(certainStop(facts({ chosen: ["maps"], option: "Migrate" }), "databases")).toBeNull();
    // Which databases are meant is chosen later.
    expect(certainStop(facts(), "target")).toBeNull();
    expect(certainStop(facts(), "databases")).toBeNull();
  });
});
