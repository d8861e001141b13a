import { describe, expect, it } from "vitest";
import {
  databaseStatus,
  migrationStatus,
  pauseOf,
  shownStatus,
  substateLabel,
  substateSentence,
  tableStatus,
  validationStatus,
} from "./status";
import {
  DATABASE_STATES,
  isTerminal,
  MIGRATION_STATES,
  MIGRATION_SUBSTATES,
  TABLE_STATES,
  VALIDATION_STATES,
} from "./vocabulary";

describe("migrationStatus", () => {
  it("tells any two states apart by word and by icon shape with tone", () => {
    const statuses = MIGRATION_STATES.map(migrationStatus);
    expect(new Set(statuses.map((status) => status.label)).size).toBe(MIGRATION_STATES.length);
    expect(new Set(statuses.map((status) => `${status.icon} ${status.tone}`)).size).toBe(
      MIGRATION_STATES.length,
    );
  });

  it("turns only while something can still happen", () => {
    for (const state of MIGRATION_STATES) {
      if (isTerminal(state)) expect(migrationStatus(state).icon, state).not.toBe("running");
    }
  });

  it("keeps the needs-you tone for the one state that waits for a person", () => {
    const waiting = MIGRATION_STATES.filter((state) => migrationStatus(state).tone === "need");
    expect(waiting).toEqual(["WaitingForUserAction"]);
  });
});

describe("shownStatus", () => {
  const at = "2026-11-21T14:00:00Z";
  const running = {
    state: "InProgress",
    cancelRequestedAt: null,
    pauseRequestedAt: null,
    pausedAt: null,
  } as const;

  it("says that a migration rests only once nothing runs any more", () => {
    expect(shownStatus(running)).toEqual(migrationStatus("InProgress"));
    expect(shownStatus({ ...running, pauseRequestedAt: at })).toMatchObject({
      label: "Pausing",
      icon: "running",
    });
    expect(shownStatus({ ...running, pauseRequestedAt: at, pausedAt: at })).toMatchObject({
      label: "Paused",
    });
  });

  it("tells a paused migration from every state by word and by icon", () => {
    const paused = shownStatus({ ...running, pauseRequestedAt: at, pausedAt: at });
    for (const state of MIGRATION_STATES) {
      expect(migrationStatus(state).label).not.toBe(paused.label);
      expect(migrationStatus(state).icon).not.toBe(paused.icon);
    }
  });

  it("lets a cancel and an end win over the pause", () => {
    const resting = { pauseRequestedAt: at, pausedAt: at };
    expect(pauseOf({ ...running, ...resting, cancelRequestedAt: at })).toBeNull();
    expect(shownStatus({ ...running, ...resting, state: "Failed" })).toEqual(migrationStatus("Failed"));
  });
});

describe("databaseStatus", () => {
  it("calls a database that was not begun queued", () => {
    expect(databaseStatus(null)).toEqual({ label: "Queued", tone: "off", icon: "queued" });
  });

  it("shows failures and only failures in the tone of failure", () => {
    const bad = DATABASE_STATES.filter((state) => databaseStatus(state).tone === "bad");
    expect(bad).toEqual(["Failed"]);
  });
});

describe("tableStatus", () => {
  it("says of a copied table that its changes are not applied", () => {
    expect(tableStatus("completed", 1, "columns-changed").label).toBe("Not followed");
    expect(tableStatus("completed", 1, "constraints-changed").label).toBe("Altered");
    expect(tableStatus("errored", 1, "not-on-target").label).toBe("Error");
  });

  it("tells a retry from a first copy", () => {
    expect(tableStatus("loading", 1).label).toBe("Copying");
    expect(tableStatus("loading", 2)).toMatchObject({ label: "Retrying", tone: "warn" });
  });

  it("keeps an end state whatever the number of attempts", () => {
    for (const state of TABLE_STATES.filter((name) => name !== "loading")) {
      expect(tableStatus(state, 5)).toEqual(tableStatus(state, 1));
    }
  });
});

describe("validationStatus", () => {
  it("has three tones for three outcomes", () => {
    expect(VALIDATION_STATES.map((state) => validationStatus(state).tone)).toEqual(["ok", "bad", "warn"]);
  });
});

describe("substates", () => {
  it("have a label each and a sentence that ends like one", () => {
    expect(new Set(MIGRATION_SUBSTATES.map(substateLabel)).size).toBe(MIGRATION_SUBSTATES.length);
    for (const substate of MIGRATION_SUBSTATES) expect(substateSentence(substate)).toMatch(/^[A-Z].*\.$/);
  });
});
