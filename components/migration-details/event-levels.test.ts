import { describe, expect, it } from "vitest";
import type { ActivityEvent } from "@/lib/migrations/read-model";
import { filterLevel } from "./event-levels";

function event(level: ActivityEvent["level"]): ActivityEvent {
  return {
    id: level,
    at: "2026-11-21T14:00:00Z",
    level,
    kind: "note",
    message: "",
    database: null,
    object: null,
    data: {},
  };
}
const all = [event("error"), event("warning"), event("info")];
const levels = (events: ActivityEvent[]) => events.map(({ level }) => level);

describe("filterLevel", () => {
  it("shows errors among warnings too", () => {
    expect(levels(filterLevel(all, "warning"))).toEqual(["error", "warning"]);
    expect(levels(filterLevel(all, "error"))).toEqual(["error"]);
    expect(levels(filterLevel(all, null))).toEqual(["error", "warning", "info"]);
  });
});
