import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Completeness,
  type InputStep,
  nextStep,
  previousStep,
  reachableStep,
  stepPageTitle,
  WIZARD_STEPS,
} from "./wizard-steps";

const none: Completeness = { setup: false, source: false, target: false, databases: false };
const all: Completeness = { setup: true, source: true, target: true, databases: true };

describe("reachableStep", () => {
  it("starts at the first step, whatever the URL asks for", () => {
    for (const step of WIZARD_STEPS) expect(reachableStep(step, none)).toBe("setup");
  });

  it("reaches every step once all are complete", () => {
    for (const step of WIZARD_STEPS) expect(reachableStep(step, all)).toBe(step);
  });

  it("goes no further than the first incomplete step, even when later ones are complete", () => {
    expect(reachableStep("summary", { ...all, source: false })).toBe("source");
  });

  it("lets a person go back to a complete step", () => {
    expect(reachableStep("setup", { ...none, setup: true })).toBe("setup");
  });

  it("takes unknown words for the first step", () => {
    expect(reachableStep("runtime", all)).toBe("setup");
    expect(reachableStep(null, all)).toBe("setup");
  });

  it("never shows a step behind an incomplete one", () => {
    const completeness = fc.record({
      setup: fc.boolean(),
      source: fc.boolean(),
      target: fc.boolean(),
      databases: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...WIZARD_STEPS), completeness, (requested, complete) => {
        const shown = WIZARD_STEPS.indexOf(reachableStep(requested, complete));
        const before = WIZARD_STEPS.slice(0, shown) as InputStep[];
        return shown <= WIZARD_STEPS.indexOf(requested) && before.every((step) => complete[step]);
      }),
    );
  });
});

it("walks forth and back through the same steps", () => {
  expect(previousStep("setup")).toBeNull();
  expect(nextStep("summary")).toBeNull();
  for (const step of WIZARD_STEPS.slice(1)) expect(nextStep(previousStep(step) ?? "summary")).toBe(step);
});

it("says in the title where a person is", () => {
  expect(stepPageTitle("source")).toBe("Step 2 of 5: Connect to source");
});
