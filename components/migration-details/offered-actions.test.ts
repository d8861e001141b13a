import { describe, expect, it } from "vitest";
import {
  followedDatabaseFixture,
  migrationDetailsFixture,
  onlineDetailsFixture,
  onlineMigrationFixture,
} from "@/lib/migrations/testing/read-models";
import { offeredActions, offersRehearsal } from "./offered-actions";

const running = migrationDetailsFixture();
const at = "2026-11-21T14:00:00Z";

describe("offeredActions", () => {
  it("lets a running migration be slowed, paused and canceled", () => {
    expect(offeredActions(running)).toEqual({
      primary: null,
      secondary: ["limits", "pause", "cancel"],
      menu: [],
    });
  });

  it("makes going on the main thing of a paused one", () => {
    const paused = { ...running, pauseRequestedAt: at, pausedAt: at };
    expect(offeredActions(paused)).toMatchObject({ primary: "resume", secondary: ["limits", "cancel"] });
  });

  it("makes the cutover the main thing once the target has caught up, and its rehearsal possible", () => {
    const online = onlineMigrationFixture();
    expect(offeredActions(online)).toEqual({
      primary: "cutover",
      secondary: ["cancel"],
      menu: ["limits", "pause"],
    });
    expect(offersRehearsal(online)).toBe(true);
    const behind = { ...online, substate: "MigratingData", state: "InProgress" } as const;
    expect(offeredActions(behind).primary).toBeNull();
    expect(offersRehearsal(behind)).toBe(false);
  });

  it("does not offer again what was asked for", () => {
    const rehearsing = onlineDetailsFixture({
      databases: [followedDatabaseFixture({ rehearsalRequestedAt: at })],
    });
    expect(offersRehearsal(onlineMigrationFixture({ online: rehearsing }))).toBe(false);
    const asked = onlineDetailsFixture({ databases: [followedDatabaseFixture({ cutoverRequestedAt: at })] });
    expect(offeredActions(onlineMigrationFixture({ online: asked }))).toEqual({
      primary: null,
      secondary: ["limits", "cancel"],
      menu: [],
    });
  });

  it("offers going on before beginning anew", () => {
    const ended = { substate: "Completed", endedAt: at } as const;
    expect(offeredActions({ ...running, ...ended, state: "Failed" })).toEqual({
      primary: "retry",
      secondary: [],
      menu: ["restart", "delete"],
    });
    expect(offeredActions({ ...running, ...ended, state: "Canceled" })).toMatchObject({ primary: "restart" });
    expect(offeredActions({ ...running, ...ended, state: "Succeeded" })).toEqual({
      primary: null,
      secondary: [],
      menu: ["delete"],
    });
  });

  it("leaves a question to its banner, and offers nothing while it cancels", () => {
    const asks = {
      ...running,
      state: "WaitingForUserAction",
      substate: "WaitingForTargetDBOverwriteConfirmation",
    } as const;
    expect(offeredActions(asks).secondary).not.toContain("cancel");
    expect(offeredActions({ ...running, cancelRequestedAt: at })).toEqual({
      primary: null,
      secondary: [],
      menu: [],
    });
  });
});
