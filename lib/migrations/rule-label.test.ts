import { describe, expect, it } from "vitest";
import { ruleLabel } from "./rule-label";

describe("ruleLabel", () => {
  it.each([
    ["AuthenticationAndConnectivityValidation", "Authentication and connectivity"],
    ["ServerParametersValidation", "Server parameters"],
    ["ExtensionsValidation", "Extensions"],
    ["Validation", "Validation"],
    ["extensions-available", "extensions-available"],
    ["Free connections", "Free connections"],
    ["SSLValidation", "SSLValidation"],
  ])("%s reads %s", (type, label) => {
    expect(ruleLabel(type)).toBe(label);
  });
});
