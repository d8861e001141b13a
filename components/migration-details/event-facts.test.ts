import { describe, expect, it } from "vitest";
import { eventFacts } from "./event-facts";

describe("eventFacts", () => {
  it("gives values their units", () => {
    expect(eventFacts({ ms: 33_000, sqlState: "08006", tables: 5_000, copiedBytes: 412e6 })).toEqual([
      "took 33 s",
      "SQLSTATE 08006",
      "tables 5,000",
      "copied 412 MB",
    ]);
  });

  it("takes names apart and leaves out what is not plain", () => {
    expect(
      eventFacts({
        rowsCopied: 7,
        dropTargets: false,
        nested: { a: 1 },
        nothing: null,
        empty: "",
        phase: "copy",
      }),
    ).toEqual(["rows copied 7", "drop targets no"]);
  });
});
