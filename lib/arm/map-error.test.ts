import { describe, expect, it } from "vitest";
import { migrationCreateBody } from "@/lib/migrations/contract";
import { CodedError } from "@/lib/util/coded-error";
import { toArmError } from "./map-error";

describe("toArmError", () => {
  it.each([
    ["MIGRATION_NAME_TAKEN", 409],
    ["ACTION_NOT_ALLOWED", 409],
    ["SERVER_IN_USE", 409],
    ["MIGRATION_NOT_FOUND", 404],
    ["SAME_SERVER", 400],
    ["INTERNAL", 500],
  ] as const)("%s is %i, with cause and remedy", (code, status) => {
    const error = toArmError(new CodedError(code, "It happened.", { subject: "crm" }));
    expect(error).toMatchObject({ status, code, message: "It happened." });
    expect(error?.toBody().error).toMatchObject({
      target: expect.any(String),
      additionalInfo: [
        { type: "HowdahExplanation", info: { cause: expect.any(String), remedy: expect.any(String) } },
      ],
    });
  });

  it.each([
    [{ howdah: { jobs: "4" } }, "'properties.howdah.jobs': expected number, received string."],
    [
      { overwriteDbsInTarget: true },
      `'properties.overwriteDbsInTarget': expected string, one of "True", "False", received boolean.`,
    ],
    [{ dbsToMigrate: "shop" }, "'properties.dbsToMigrate': expected array, received string."],
    [{ migrationMode: undefined }, "'properties.secretParameters' is required."],
  ])("the message alone tells what of %j is wrong", (properties, message) => {
    const { error } = migrationCreateBody.safeParse({ properties });
    expect(
      toArmError(error)
        ?.toBody()
        .error.details?.map((detail) => detail.message),
    ).toContain(message);
  });

  it("names what is wrong in a body, and never its values", () => {
    const password = "correct horse";
    const parsed = migrationCreateBody.safeParse({
      location: 7,
      properties: {
        migrationMode: password,
        secretParameters: { adminCredentials: { sourceServerPassword: [password] } },
      },
    });
    const body = toArmError(parsed.error)?.toBody();
    expect(body?.error.code).toBe("InvalidParameterValue");
    expect(body?.error.details?.map(({ target }) => target)).toEqual([
      "location",
      "properties.migrationMode",
      "properties.secretParameters.adminCredentials.sourceServerPassword",
      "properties.secretParameters.adminCredentials.targetServerPassword",
    ]);
    expect(JSON.stringify(body)).not.toContain(password);
  });

  it("says nothing of errors that are not for callers", () => {
    expect(toArmError(new Error("connection string postgresql://u:p@h"))).toBeNull();
    expect(toArmError("text")).toBeNull();
  });
});
