import type { ConnectionTestReport, InventoryDatabase, ServerInventory } from "@/lib/postgres/probes/report";
import { PROBE_NAMES } from "@/lib/postgres/probes/report";

/** A database of an inventory, for tests. */
export function inventoryDatabase(name: string, rest: Partial<InventoryDatabase> = {}): InventoryDatabase {
  return {
    name,
    owner: "app",
    encoding: "UTF8",
    collation: "C.UTF-8",
    sizeBytes: 8_000_000,
    canConnect: true,
    extensions: [],
    ...rest,
  };
}

/** An inventory, for tests. */
export function inventory(rest: Partial<ServerInventory> = {}): ServerInventory {
  return {
    version: "16.14",
    versionNumber: 160_014,
    serverIdentity: "1763700000000000",
    isSuperuser: true,
    databases: [],
    availableExtensions: {},
    totalBytes: 0,
    walLevel: "logical",
    ...rest,
  };
}

/** A report in which every probe passed, for tests. */
export function passedReport(rest: Partial<ConnectionTestReport> = {}): ConnectionTestReport {
  return {
    ok: true,
    summary: "Connected to PostgreSQL 16.14",
    testedAt: "2026-11-21T07:00:00.000Z",
    probes: PROBE_NAMES.map((name) => ({
      name,
      outcome: "passed",
      ms: 3,
      found: "fine",
      code: null,
      cause: null,
      remedy: null,
    })),
    inventory: inventory(),
    ...rest,
  };
}
