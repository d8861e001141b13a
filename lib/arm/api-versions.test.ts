import { describe, expect, it } from "vitest";
import {
  cancelAnswersWithBody,
  checkManagementApiVersion,
  providerApiVersion,
  SUPPORTED_API_VERSIONS,
} from "./api-versions";

describe("providerApiVersion", () => {
  it("takes every version that carries migrations, in any case", () => {
    for (const version of SUPPORTED_API_VERSIONS)
      expect(providerApiVersion(version.toUpperCase())).toBe(version);
  });

  it.each([[null], [""]])("asks for a missing one (%j)", (text) => {
    expect(() => providerApiVersion(text)).toThrow(
      expect.objectContaining({ status: 400, code: "MissingApiVersionParameter" }),
    );
  });

  it.each([["2019-01-01"], ["latest"], ["2025-08-01 "], ["2025-08-01-preview"]])("refuses %j", (text) => {
    expect(() => providerApiVersion(text)).toThrow(
      expect.objectContaining({ status: 400, code: "InvalidApiVersionParameter" }),
    );
  });
});

it("takes any version of Resource Manager that looks like one", () => {
  for (const text of ["2022-12-01", "2016-06-01-preview"]) {
    expect(() => checkManagementApiVersion(text)).not.toThrow();
  }
  expect(() => checkManagementApiVersion("1.0")).toThrow(/invalid/);
});

it("cancel has a body since it is called cancel", () => {
  expect(SUPPORTED_API_VERSIONS.filter((version) => !cancelAnswersWithBody(version)).at(0)).toBe(
    "2025-01-01-preview",
  );
});
