import { describe, expect, it } from "vitest";
import { databaseRows, matchingRows, selectableNames, selection } from "./database-rows";
import { inventory, inventoryDatabase } from "./report.fixture";

const source = inventory({
  databases: [
    inventoryDatabase("ticketdb", {
      sizeBytes: 100,
      extensions: ["plpgsql 1.0", "pg_trgm 1.6", "postgis 3.1.0"],
    }),
    inventoryDatabase("Reports", { sizeBytes: 20, owner: "analyst" }),
    inventoryDatabase("secret", { canConnect: false, sizeBytes: null, extensions: null }),
    inventoryDatabase("rdsadmin"),
    inventoryDatabase("postgres", { sizeBytes: 7 }),
  ],
});
const target = inventory({
  databases: [
    inventoryDatabase("ticketdb", { sizeBytes: 3 }),
    inventoryDatabase("reports"),
    inventoryDatabase("postgres"),
  ],
  availableExtensions: { plpgsql: "1.0", pg_trgm: "1.6" },
});
const rows = databaseRows(source, target);

describe("databaseRows", () => {
  it("marks names the target already has, with regard to case as PostgreSQL does", () => {
    expect(rows.filter((row) => row.existsOnTarget).map((row) => row.name)).toEqual(["ticketdb", "postgres"]);
    expect(rows[0]?.targetSizeBytes).toBe(3);
  });

  it("names extensions the target cannot create, by name without version", () => {
    expect(rows[0]?.missingExtensions).toEqual(["postgis"]);
  });

  it("says why a database cannot be chosen", () => {
    expect(rows.map((row) => row.blockedReason)).toEqual([
      null,
      null,
      "This login may not connect to it",
      "Belongs to the managed service",
      null,
    ]);
  });

  it("claims nothing about a target that was not tested", () => {
    expect(
      databaseRows(source, null).some((row) => row.existsOnTarget || row.missingExtensions.length > 0),
    ).toBe(false);
  });
});

describe("matchingRows", () => {
  it.each([
    ["REPORT", ["Reports"]],
    ["analyst", ["Reports"]],
    ["postgis", ["ticketdb"]],
    ["  ", ["ticketdb", "Reports", "secret", "rdsadmin", "postgres"]],
    ["nothing of the kind", []],
  ])("finds %j by name, owner and extension", (search, names) => {
    expect(matchingRows(rows, search).map((row) => row.name)).toEqual(names);
  });
});

it("selects all but what cannot be chosen and the maintenance database", () => {
  expect(selectableNames(rows)).toEqual(["ticketdb", "Reports"]);
});

describe("selection", () => {
  it("adds up what is chosen and finds its conflicts", () => {
    const chosen = selection(rows, ["Reports", "ticketdb"]);
    expect(chosen.sizeBytes).toBe(120);
    expect(chosen.conflicts.map((row) => row.name)).toEqual(["ticketdb"]);
  });

  it("drops names that vanished from the source or cannot be chosen", () => {
    expect(selection(rows, ["gone", "secret", "Reports"]).rows.map((row) => row.name)).toEqual(["Reports"]);
  });
});
