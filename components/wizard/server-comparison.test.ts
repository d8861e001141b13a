import { expect, it } from "vitest";
import { inventory } from "./report.fixture";
import { targetProblem } from "./server-comparison";

const source = inventory({ serverIdentity: "1", version: "16.14", versionNumber: 160_014 });

it("recognises the source under another name", () => {
  expect(targetProblem(source, inventory({ serverIdentity: "1" }))?.title).toBe("The target is the source");
});

it.each([
  ["15.18", 150_018],
  ["9.6.24", 90_624],
])("refuses an older target, %s", (version, versionNumber) => {
  const problem = targetProblem(source, inventory({ serverIdentity: "2", version, versionNumber }));
  expect(problem?.cause).toContain(version);
});

it.each([
  ["16.1", 160_001],
  ["18.4", 180_004],
])("takes the same major version and newer ones, %s", (version, versionNumber) => {
  expect(targetProblem(source, inventory({ serverIdentity: "2", version, versionNumber }))).toBeNull();
});

it("knows that 9.5 and 9.6 were major versions", () => {
  const old = inventory({ serverIdentity: "1", version: "9.6.24", versionNumber: 90_624 });
  const older = inventory({ serverIdentity: "2", version: "9.5.25", versionNumber: 90_525 });
  expect(targetProblem(old, older)?.title).toBe("The target is older than the source");
  expect(targetProblem(older, old)).toBeNull();
});

it("says nothing before both were tested", () => {
  expect(targetProblem(null, source)).toBeNull();
  expect(targetProblem(source, null)).toBeNull();
});
