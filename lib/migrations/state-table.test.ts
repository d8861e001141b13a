import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowedActions } from "./allowed-actions";
import {
  MIGRATION_EVENTS,
  type MigrationEventName,
  type MigrationStatus,
  statusOf,
  TRANSITIONS,
  transition,
} from "./state-table";
import { isTerminal, MIGRATION_STATES, MIGRATION_SUBSTATES } from "./vocabulary";

const EVENTS = Object.keys(MIGRATION_EVENTS) as MigrationEventName[];
const START: MigrationStatus = { state: "InProgress", substate: "PerformingPreRequisiteSteps" };
const UNASKED = { option: "ValidateAndMigrate", cancelRequestedAt: null, pauseRequestedAt: null } as const;
const NOTHING = {
  cancel: false,
  cutover: false,
  rehearseCutover: false,
  specifyDatabases: false,
  schedule: false,
  confirmOverwrite: false,
  setUpReplication: false,
  delete: false,
  pause: false,
  resume: false,
  throttle: false,
  retryFailed: false,
  restart: false,
  verify: false,
};
const walk = fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 });

/** Every status on the way of `events` from the start, the start included. */
function statusesOf(events: MigrationEventName[]): MigrationStatus[] {
  const statuses = [START];
  let status = START;
  for (const event of events) {
    const next = transition(status, event);
    if (typeof next !== "string") status = next;
    statuses.push(status);
  }
  return statuses;
}

describe("transition", () => {
  it("leaves an end as it is, whatever happens but a retry", () => {
    fc.assert(
      fc.property(walk, (events) => {
        const statuses = statusesOf(events.filter((event) => event !== "retry"));
        const end = statuses.findIndex((status) => isTerminal(status.state));
        if (end >= 0) expect(new Set(statuses.slice(end).map((s) => s.state)).size).toBe(1);
      }),
    );
  });

  it("retries what ended without success, and nothing else", () => {
    for (const state of MIGRATION_STATES.filter(isTerminal)) {
      const next = transition({ state, substate: "Completed" }, "retry");
      expect(next).toEqual(state === "Succeeded" ? "reject" : START);
    }
    for (const substate of MIGRATION_SUBSTATES.filter((name) => name !== "Completed")) {
      expect(TRANSITIONS[substate].retry).toBe("reject");
    }
  });

  it("has Completed as the substate of every end and of nothing else", () => {
    fc.assert(
      fc.property(walk, (events) => {
        for (const status of statusesOf(events)) {
          expect(status.substate === "Completed").toBe(isTerminal(status.state));
        }
      }),
    );
  });

  it("cuts over from WaitingForCutoverTrigger only", () => {
    const from = MIGRATION_SUBSTATES.filter(
      (substate) => TRANSITIONS[substate].cutover === "CompletingMigration",
    );
    expect(from).toEqual(["WaitingForCutoverTrigger"]);
  });

  it("cancels wherever the actions offer it, and ends Canceled from there", () => {
    fc.assert(
      fc.property(walk, (events) => {
        for (const status of statusesOf(events)) {
          const { cancel } = allowedActions({ ...status, ...UNASKED });
          const next = transition(status, "cancel");
          expect(typeof next === "object").toBe(cancel);
          if (typeof next !== "object") continue;
          expect(next).toEqual({ state: "CleaningUp", substate: "CancelingRequestedDBMigrations" });
          expect(transition(next, "canceled")).toEqual({ state: "Canceled", substate: "Completed" });
        }
      }),
    );
  });

  it("reaches every substate and every state from the start", () => {
    const seen = new Map<string, MigrationStatus>();
    const queue = [START];
    for (let status = queue.pop(); status; status = queue.pop()) {
      const key = `${status.state}/${status.substate}`;
      if (seen.has(key)) continue;
      seen.set(key, status);
      for (const event of EVENTS) {
        const next = transition(status, event);
        if (typeof next === "object") queue.push(next);
      }
    }
    const statuses = [...seen.values()];
    expect(new Set(statuses.map((s) => s.substate))).toEqual(new Set(MIGRATION_SUBSTATES));
    expect(new Set(statuses.map((s) => s.state))).toEqual(new Set(MIGRATION_STATES));
  });

  it("can end from every substate that is not an end", () => {
    for (const substate of MIGRATION_SUBSTATES.filter((name) => name !== "Completed")) {
      const ends = Object.values(TRANSITIONS[substate]).filter(
        (next) => next !== "ignore" && next !== "reject",
      );
      const reachable = new Set(ends.map((next) => statusOf(next).state));
      expect(reachable.has("Failed") || reachable.has("Canceled"), substate).toBe(true);
    }
  });

  it("waits for the user in every WaitingFor substate but the migration window", () => {
    for (const substate of MIGRATION_SUBSTATES.filter((name) => name.startsWith("WaitingFor"))) {
      const { state } = statusOf(substate as Exclude<typeof substate, "Completed">);
      expect(state).toBe(
        substate === "WaitingForDataMigrationWindow" ? "InProgress" : "WaitingForUserAction",
      );
    }
  });
});

describe("allowedActions", () => {
  it("offers no second cancel, and at a good end only to remove and to verify", () => {
    const waiting = statusOf("WaitingForTargetDBOverwriteConfirmation");
    expect(allowedActions({ ...waiting, ...UNASKED })).toEqual({
      ...NOTHING,
      cancel: true,
      confirmOverwrite: true,
      schedule: true,
      throttle: true,
    });
    expect(allowedActions({ ...waiting, ...UNASKED, cancelRequestedAt: new Date(0) })).toEqual(NOTHING);
    expect(allowedActions({ ...statusOf("Succeeded"), ...UNASKED })).toEqual({
      ...NOTHING,
      delete: true,
      verify: true,
    });
  });
});
