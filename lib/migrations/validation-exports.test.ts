import { describe, expect, it } from "vitest";
import { fixScript } from "./fix-script";
import type { ValidationDetails, ValidationMessage } from "./validation-details";
import { groupReport } from "./validation-groups";
import { validationHtml } from "./validation-html";
import { validationMarkdown } from "./validation-markdown";

const AT = "2026-11-21T13:58:20.000Z";
const EVIL = 'x"<script>alert(1)</script>`\n# no heading';

function report(server: ValidationMessage[], database: ValidationMessage[]): ValidationDetails {
  const item = (messages: ValidationMessage[]) => [
    { type: "SchemaValidation", state: "Failed" as const, messages },
  ];
  return {
    status: "Failed",
    validationStartTimeInUtc: AT,
    validationEndTimeInUtc: AT,
    serverLevelValidationDetails: item(server),
    dbLevelValidationDetails: [{ databaseName: EVIL, startedOn: AT, endedOn: AT, summary: item(database) }],
  };
}

const details = report(
  [
    {
      state: "Failed",
      message: "No right.",
      rule: "target-may-create-databases",
      fix: [{ side: "target", sql: "alter role a createdb;" }],
    },
    {
      state: "Warning",
      message: "Long.",
      rule: "long-transactions",
      fix: [{ side: "source", sql: "select pg_terminate_backend(1);" }],
    },
  ],
  [
    {
      state: "Failed",
      message: EVIL,
      rule: "tables-readable",
      code: "TABLE_UNREADABLE",
      objects: [EVIL],
      fix: [
        { side: "source", sql: "alter table t replica identity full;" },
        { side: "source", sql: "grant select on t to a;" },
        { side: "source", sql: "grant select on t to a;" },
      ],
    },
  ],
);

describe("fixScript", () => {
  it("has each statement once, sides apart, grants before changes, in the right database", () => {
    expect(fixScript(groupReport(details)).split("\n")).toEqual([
      "-- Read before you run it; to be run with psql by someone who may.",
      "\\set ON_ERROR_STOP on",
      "",
      "-- On the source",
      "-- long-transactions",
      "select pg_terminate_backend(1);",
      "",
      String.raw`-- On the source, for database "x\"<script>alert(1)</script>` +
        "`" +
        String.raw`\n# no heading"`,
      '\\connect "x""<script>alert(1)</script>`',
      '# no heading"',
      "-- tables-readable",
      "grant select on t to a;",
      "alter table t replica identity full;",
      "",
      "-- On the target",
      "-- target-may-create-databases",
      "alter role a createdb;",
      "",
    ]);
  });

  it("is empty when nothing can be mended by statements", () => {
    expect(fixScript(groupReport(report([], [])))).toBe("");
  });
});

describe("exports", () => {
  it("let no name become markup", () => {
    const html = validationHtml(EVIL, details);
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;script&gt;");
    const markdown = validationMarkdown(EVIL, details);
    expect(markdown).not.toMatch(/^# no heading/m);
    expect(markdown.split("\n")[0]).toContain(String.raw`\<script\>`);
  });

  it("say everything the page says", () => {
    for (const text of [validationHtml("m", details), validationMarkdown("m", details)]) {
      for (const part of ["TABLE_UNREADABLE", "tables-readable", "grant select on t to a;", "2 failed"]) {
        expect(text).toContain(part);
      }
    }
  });
});
