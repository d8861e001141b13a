import { describe, expect, it } from "vitest";
import type { Problem } from "@/lib/migrations/read-model";
import { errorCount, problemsText } from "./problem-counts";

function problems(errors: number, warnings: number): Problem[] {
  return Array.from({ length: errors + warnings }, (_, index) => ({
    at: "2026-11-21T14:00:00Z",
    database: "shop",
    severity: index < errors ? "error" : "warning",
    kind: "table",
    object: `t${index}`,
    code: "OBJECT_FAILED",
    sqlState: null,
    message: "",
    remedy: "",
    statement: null,
  }));
}

describe("problemsText", () => {
  it("tells problems from warnings", () => {
    expect(problemsText({ problems: problems(2, 1), problemsTotal: 3 })).toBe("2 problems and 1 warning");
    expect(problemsText({ problems: problems(0, 2), problemsTotal: 2 })).toBe("2 warnings");
    expect(problemsText({ problems: [], problemsTotal: 0 })).toBe("");
  });

  it("counts what is beyond the list", () => {
    expect(problemsText({ problems: problems(500, 0), problemsTotal: 812 })).toBe("812 problems");
    expect(problemsText({ problems: problems(3, 497), problemsTotal: 700 })).toBe(
      "3 problems and 697 warnings",
    );
    expect(errorCount({ problems: problems(0, 5), problemsTotal: 5 })).toBe(0);
  });
});
