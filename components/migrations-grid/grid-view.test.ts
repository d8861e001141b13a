import { describe, expect, it } from "vitest";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { migrationSummaryFixture } from "@/lib/migrations/testing/read-models";
import {
  DEFAULT_VIEW,
  durationMs,
  formatGridView,
  parseGridView,
  SORT_COLUMNS,
  selectRows,
  toggleSort,
} from "./grid-view";

const NOW = Date.parse("2026-11-21T15:00:00Z");

function migration(name: string, over: Partial<MigrationSummary> = {}): MigrationSummary {
  return migrationSummaryFixture({
    id: name,
    resourceId: `/subscriptions/0/${name}`,
    name,
    state: "Succeeded",
    substate: "Completed",
    lastActiveSubstate: "CompletingMigration",
    sourceHost: "db-1.example",
    targetName: "pg-flex",
    targetHost: "pg-flex.example",
    databases: ["billing"],
    createdAt: "2026-11-21T12:00:00Z",
    startedAt: "2026-11-21T12:00:00Z",
    endedAt: "2026-11-21T12:10:00Z",
    ...over,
  });
}

const old = migration("old", { startedAt: "2026-11-20T08:00:00Z", endedAt: "2026-11-20T12:00:00Z" });
const running = migration("running", {
  state: "InProgress",
  mode: "Online",
  startedAt: "2026-11-21T14:00:00Z",
  endedAt: null,
  databases: ["CRM", "shop"],
  sourceHost: "crm.eu-west-1.rds.amazonaws.com",
});
const queued = migration("queued", {
  state: "InProgress",
  createdAt: "2026-11-21T14:59:00Z",
  startedAt: null,
  endedAt: null,
});
const waiting = migration("waiting", { state: "WaitingForUserAction", startedAt: "2026-11-21T13:00:00Z" });
const all = [old, running, queued, waiting];
const names = (rows: MigrationSummary[]) => rows.map((row) => row.name);
const view = (over: Partial<typeof DEFAULT_VIEW>) => ({ ...DEFAULT_VIEW, ...over });

describe("selectRows", () => {
  it("finds what rests by what its status says, not by ARM's state", () => {
    const at = "2026-11-21T14:10:00Z";
    const paused = { ...running, id: "paused", name: "paused", pauseRequestedAt: at, pausedAt: at };
    expect(names(selectRows([...all, paused], view({ status: "Paused" }), NOW))).toEqual(["paused"]);
    expect(names(selectRows([...all, paused], view({ status: "InProgress" }), NOW))).toEqual([
      "queued",
      "running",
    ]);
    expect(parseGridView(new URLSearchParams("status=Paused")).status).toBe("Paused");
  });

  it("puts the newest first, a queued one by the time it was created", () => {
    expect(names(selectRows(all, DEFAULT_VIEW, NOW))).toEqual(["queued", "running", "waiting", "old"]);
  });

  it("does not touch the list it was given", () => {
    selectRows(all, view({ sort: "name" }), NOW);
    expect(names(all)).toEqual(["old", "running", "queued", "waiting"]);
  });

  it("finds every word in name, servers and databases without regard to case", () => {
    expect(names(selectRows(all, view({ search: "crm RDS" }), NOW))).toEqual(["running"]);
    expect(names(selectRows(all, view({ search: "  shop " }), NOW))).toEqual(["running"]);
    expect(selectRows(all, view({ search: "crm oracle" }), NOW)).toEqual([]);
  });

  it("filters by status and mode", () => {
    expect(names(selectRows(all, view({ status: "InProgress" }), NOW))).toEqual(["queued", "running"]);
    expect(names(selectRows(all, view({ status: "InProgress", mode: "Online" }), NOW))).toEqual(["running"]);
  });

  it("sorts by status with what needs a person on top", () => {
    expect(names(selectRows(all, view({ sort: "status", descending: false }), NOW))).toEqual([
      "waiting",
      "queued",
      "running",
      "old",
    ]);
  });

  it("sorts by duration, the unbegun as shortest", () => {
    expect(names(selectRows(all, view({ sort: "duration", descending: true }), NOW))).toEqual([
      "old",
      "running",
      "waiting",
      "queued",
    ]);
  });

  it("sorts names as people count", () => {
    const rows = [migration("crm-10"), migration("crm-9"), migration("crm-1")];
    expect(names(selectRows(rows, view({ sort: "name", descending: false }), NOW))).toEqual([
      "crm-1",
      "crm-9",
      "crm-10",
    ]);
  });
});

describe("durationMs", () => {
  it("runs on until the migration ends and is unknown before it begins", () => {
    expect(durationMs(running, NOW)).toBe(3_600_000);
    expect(durationMs(old, NOW)).toBe(4 * 3_600_000);
    expect(durationMs(queued, NOW)).toBeNull();
  });
});

describe("the URL", () => {
  it("is empty for the default view", () => {
    expect(formatGridView(DEFAULT_VIEW)).toBe("");
    expect(parseGridView(new URLSearchParams(""))).toEqual(DEFAULT_VIEW);
  });

  it("carries every view there and back", () => {
    for (const sort of SORT_COLUMNS) {
      for (const descending of [true, false]) {
        const full = { search: "a&b = ö", status: "Failed", mode: "Offline", sort, descending } as const;
        expect(parseGridView(new URLSearchParams(formatGridView(full)))).toEqual(full);
      }
    }
  });

  it("ignores words it does not know", () => {
    const parsed = parseGridView(new URLSearchParams("status=Exploded&mode=x&sort=-color&q="));
    expect(parsed).toEqual(DEFAULT_VIEW);
  });
});

describe("view changes", () => {
  it("turns the direction of the column it sorts by", () => {
    expect(toggleSort(DEFAULT_VIEW, "start").descending).toBe(false);
    expect(toggleSort(DEFAULT_VIEW, "name")).toMatchObject({ sort: "name", descending: false });
    expect(toggleSort(view({ sort: "name" }), "databases")).toMatchObject({ descending: true });
  });
});
