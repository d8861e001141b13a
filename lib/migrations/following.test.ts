import { describe, expect, it } from "vitest";
import {
  cutoverResults,
  cutoverWish,
  databasesToCutOver,
  isFollowing,
  isRehearsing,
  longestMs,
} from "./following";
import {
  cutoverResultFixture,
  databaseProgressFixture,
  followedDatabaseFixture,
  onlineDetailsFixture,
  onlineMigrationFixture,
} from "./testing/read-models";

const at = "2026-11-21T12:03:11Z";
const names = ["shop", "crm", "old"];

function three(over: Parameters<typeof followedDatabaseFixture>[0][]) {
  return onlineMigrationFixture({
    online: onlineDetailsFixture({
      databases: names.map((name, index) => followedDatabaseFixture({ name, ...over[index] })),
    }),
    databaseProgress: names.map((name) =>
      databaseProgressFixture({ name, state: "WaitingForCutoverTrigger", phase: "catch-up" }),
    ),
  });
}

describe("isFollowing", () => {
  it("is so only when nothing is left to copy", () => {
    const following = onlineMigrationFixture();
    expect(isFollowing(following)).toBe(true);
    expect(isFollowing({ ...following, lagMs: null })).toBe(false);
    expect(isFollowing({ ...following, state: "Succeeded" })).toBe(false);
    const copying = databaseProgressFixture({ name: "crm", state: "InProgress", phase: "copy" });
    const progress = [...following.databaseProgress, copying];
    expect(isFollowing({ ...following, databaseProgress: progress })).toBe(false);
    const failed = { ...copying, state: "Failed" } as const;
    expect(isFollowing({ ...following, databaseProgress: [...following.databaseProgress, failed] })).toBe(
      true,
    );
  });
});

describe("databasesToCutOver", () => {
  it("leaves out what was asked for, is done or has failed", () => {
    const migration = three([{}, { cutoverRequestedAt: at }, { cutover: cutoverResultFixture() }]);
    expect(databasesToCutOver(migration).map(({ name }) => name)).toEqual(["shop"]);
    const failed = migration.databaseProgress.map((row) => ({ ...row, state: "Failed" as const }));
    expect(databasesToCutOver({ ...migration, databaseProgress: failed })).toEqual([]);
  });
});

describe("isRehearsing", () => {
  it("lasts from the wish to the result of that wish, not of an earlier one", () => {
    expect(isRehearsing(followedDatabaseFixture())).toBe(false);
    const asked = followedDatabaseFixture({ rehearsalRequestedAt: at });
    expect(isRehearsing(asked)).toBe(true);
    const before = cutoverResultFixture({ startedAt: "2026-11-21T12:00:00Z" });
    expect(isRehearsing({ ...asked, rehearsal: before })).toBe(true);
    const after = cutoverResultFixture({ startedAt: "2026-11-21T12:03:12Z" });
    expect(isRehearsing({ ...asked, rehearsal: after })).toBe(false);
  });
});

describe("cutoverWish", () => {
  it("says when and what, until the worker has acted", () => {
    const asked = { cutoverRequestedAt: at };
    expect(cutoverWish(three([{}, {}, {}]))).toBeNull();
    expect(cutoverWish(three([asked, asked, asked]))).toBe("Cutover requested 12:03:11 UTC");
    expect(cutoverWish(three([asked, {}, {}]))).toBe("Cutover of shop requested 12:03:11 UTC");
    expect(cutoverWish({ ...three([asked, asked, asked]), substate: "CompletingMigration" })).toBeNull();
    const over = { ...asked, cutover: cutoverResultFixture() };
    expect(cutoverWish(three([over, {}, {}]))).toBeNull();
  });
});

describe("longestMs", () => {
  it("is that of the slowest database", () => {
    const databases = three([
      { rehearsal: cutoverResultFixture({ ms: 900 }) },
      { rehearsal: cutoverResultFixture({ ms: 2_400 }) },
    ]).online?.databases;
    expect(longestMs(cutoverResults(databases ?? [], "rehearsal"))).toBe(2_400);
    expect(longestMs(cutoverResults(databases ?? [], "cutover"))).toBeNull();
  });
});
