import { describe, expect, it } from "vitest";
import { actionWords, parseOutcome } from "./audit-words";

describe("actionWords", () => {
  it("knows ARM's actions by their end", () => {
    expect(actionWords("Microsoft.DBforPostgreSQL/flexibleServers/migrations/write")).toBe(
      "Create or change migration",
    );
    expect(actionWords("Microsoft.DBforPostgreSQL/flexibleServers/delete")).toBe("Remove server");
  });

  it("shows what it does not know as it is", () => {
    expect(actionWords("Microsoft.DBforPostgreSQL/locations/checkNameAvailability")).toBe(
      "locations/checkNameAvailability",
    );
    expect(actionWords("restart")).toBe("restart");
  });
});

describe("parseOutcome", () => {
  it("takes the verdict from the code", () => {
    expect(parseOutcome("succeeded")).toEqual({ kind: "succeeded", code: null });
    expect(parseOutcome("refused: AuthorizationFailed")).toEqual({
      kind: "refused",
      code: "AuthorizationFailed",
    });
    expect(parseOutcome("failed: HOST_NOT_FOUND")).toEqual({ kind: "failed", code: "HOST_NOT_FOUND" });
  });

  it("hides nothing of a form it does not know", () => {
    expect(parseOutcome("exploded")).toEqual({ kind: "failed", code: "exploded" });
  });
});
