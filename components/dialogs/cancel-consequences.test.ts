import { describe, expect, it } from "vitest";
import type { DatabaseProgress } from "@/lib/migrations/read-model";
import {
  cutoverResultFixture,
  databaseProgressFixture,
  followedDatabaseFixture,
  onlineDetailsFixture,
} from "@/lib/migrations/testing/read-models";
import { cancelConsequences } from "./cancel-consequences";

function database(name: string, over: Partial<DatabaseProgress>): DatabaseProgress {
  return databaseProgressFixture({
    name,
    state: "InProgress",
    phase: "copy",
    createdOnTarget: true,
    bytesEstimated: 2e9,
    bytesCopied: 1e9,
    ...over,
  });
}

const copying: Parameters<typeof cancelConsequences>[0] = {
  substate: "MigratingData",
  targetName: "pg-flex",
  mode: "Offline",
  online: null,
  bytesCopied: 3e9,
  samples: [{ at: "2026-11-21T14:00:00Z", bytesCopied: 3e9, rowsCopied: 0, activeJobs: 8 }],
  databaseProgress: [
    database("shop", { state: "Succeeded", bytesCopied: 2e9 }),
    database("crm", {}),
    database("old", { createdOnTarget: false }),
  ],
};

describe("cancelConsequences", () => {
  it("names what stays on the target and what could be dropped", () => {
    const result = cancelConsequences(copying, 62);
    expect(result.summary).toMatch(/^The copy stops at 62%\./);
    expect(result.stops[0]?.detail).toBe("8 on each server");
    expect(result.stays[0]).toEqual({
      text: "shop and crm on pg-flex, partly complete",
      detail: "3.0 GB, 2 databases",
    });
    expect(result.droppable).toEqual(["shop", "crm"]);
  });

  it("promises an untouched target while nothing was created", () => {
    const waiting: typeof copying = {
      ...copying,
      substate: "WaitingForTargetDBOverwriteConfirmation",
      samples: [],
      databaseProgress: [database("crm", { createdOnTarget: false, state: null })],
    };
    const result = cancelConsequences(waiting, null);
    expect(result.summary).toContain("without touching the databases");
    expect(result.stays[0]).toEqual({ text: "Everything on pg-flex", detail: "as it was" });
    expect(result.droppable).toEqual([]);
    expect(result.stops[0]?.detail).toBeNull();
  });

  it("says that nothing of an online migration stays on the source", () => {
    const online = onlineDetailsFixture({
      databases: [followedDatabaseFixture(), followedDatabaseFixture({ cutover: cutoverResultFixture() })],
    });
    const following: typeof copying = {
      ...copying,
      substate: "WaitingForCutoverTrigger",
      mode: "Online",
      online,
    };
    const result = cancelConsequences(following, 100);
    expect(result.summary).toMatch(/^The target stops following the source\./);
    expect(result.stops).toContainEqual({
      text: "Replication slots and publications on the source",
      detail: "1 slot removed",
    });
    expect(cancelConsequences(copying, 62).stops.map(({ text }) => text)).not.toContain(
      "Replication slots and publications on the source",
    );
  });

  it("does not speak of a copy that never began", () => {
    const validating: typeof copying = { ...copying, substate: "ValidationInProgress" };
    const result = cancelConsequences(validating, null);
    expect(result.summary).toBe("Validation stops. It has changed nothing on either server.");
  });
});
