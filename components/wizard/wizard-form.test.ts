import { describe, expect, it } from "vitest";
import { migrationCreateBody } from "@/lib/migrations/contract";
import { createRequest } from "./create-request";
import { filledForm } from "./filled-form.fixture";
import { EMPTY_FORM, NEW_SERVER, stepIssues } from "./wizard-form";

describe("stepIssues", () => {
  it("finds nothing wrong with a filled form", () => {
    const form = filledForm();
    for (const step of ["setup", "source", "target", "databases"] as const) {
      expect(stepIssues(form, step), step).toEqual([]);
    }
  });

  it("names each missing field of a step once, in the order of the page", () => {
    expect(stepIssues(EMPTY_FORM, "source").map((issue) => issue.field)).toEqual([
      "source.host",
      "source.user",
      "body.properties.secretParameters.adminCredentials.sourceServerPassword",
    ]);
  });

  it.each([
    ["-starts-with-a-hyphen"],
    ["has space"],
    ["under_score"],
    ["umlaut-ä"],
    ["a".repeat(64)],
    ["'; drop table migration; --"],
  ])("refuses the migration name %j", (name) => {
    expect(stepIssues({ ...filledForm(), name }, "setup")).toHaveLength(1);
  });

  it.each([["a"], ["7"], ["Rds-Ticketing-01"], ["ends-"], ["a".repeat(63)]])(
    "accepts the migration name %j",
    (name) => {
      expect(stepIssues({ ...filledForm(), name }, "setup")).toEqual([]);
    },
  );

  it.each(["0", "65536", "", "5432x", "-1", "1e3"])("refuses port %j", (port) => {
    const form = filledForm();
    expect(stepIssues({ ...form, source: { ...form.source, port } }, "source")).toHaveLength(1);
  });

  it("looks at the fields of a new server only when one is to be registered", () => {
    const form = filledForm();
    const broken = { ...form.target, name: "x", host: "", port: "nope" };
    expect(stepIssues({ ...form, target: broken }, "target")).toEqual([]);
    const issues = stepIssues({ ...form, target: { ...broken, choice: NEW_SERVER } }, "target");
    expect(issues.map((issue) => issue.field)).toEqual(["target.name", "target.host", "target.port"]);
  });

  it("wants a choice of target and at least one database", () => {
    expect(stepIssues(EMPTY_FORM, "target")[0]).toEqual({
      field: "target.choice",
      message: "Choose a server.",
    });
    expect(stepIssues(EMPTY_FORM, "databases")[0]?.message).toBe("Choose at least one database.");
  });

  it("knows no limit of eight databases, only the one of the resource", () => {
    const form = filledForm();
    form.body.properties.dbsToMigrate = Array.from({ length: 50 }, (_, index) => `tenant_${index}`);
    expect(stepIssues(form, "databases")).toEqual([]);
    expect(migrationCreateBody.safeParse(createRequest(form, []).body).success).toBe(true);
    form.body.properties.dbsToMigrate.push("one_more");
    expect(stepIssues(form, "databases")[0]?.message).toMatch(/^Choose at most 50 databases/);
  });

  it("takes a WAL limit in gigabytes, or none", () => {
    const form = filledForm();
    for (const text of ["", "0.5", " 20 "]) {
      form.online.walLimitGigabytes = text;
      expect(stepIssues(form, "setup"), text).toEqual([]);
    }
    for (const text of ["lots", "0", "-1", "1e3"]) {
      form.online.walLimitGigabytes = text;
      expect(stepIssues(form, "setup")[0]?.field, text).toBe("online.walLimitGigabytes");
    }
  });

  it("wants PEM where a certificate was given, and none where it was not", () => {
    const form = filledForm();
    form.body.properties.howdah.sourceCaCertificate = "not a certificate";
    expect(stepIssues(form, "source")[0]?.field).toBe("body.properties.howdah.sourceCaCertificate");
  });
});
