import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderErrorCodes } from "./render-error-codes";

it("docs/error-codes.md is what the table of codes says", () => {
  const path = join(import.meta.dirname, "..", "docs", "error-codes.md");
  expect(readFileSync(path, "utf8")).toBe(renderErrorCodes());
});
