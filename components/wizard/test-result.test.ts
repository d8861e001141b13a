import { describe, expect, it } from "vitest";
import { connectionTestBody } from "@/lib/migrations/connection-test-contract";
import { filledForm, SERVER } from "./filled-form.fixture";
import { passedReport } from "./report.fixture";
import { blockedReason, passes, sourceTestInput, targetTestInput } from "./test-result";
import type { WizardForm } from "./wizard-form";

const CHANGES: [what: string, change: (form: WizardForm) => void][] = [
  [
    "host",
    (form) => {
      form.source.host = "other.example.com";
    },
  ],
  [
    "port",
    (form) => {
      form.source.port = "5433";
    },
  ],
  [
    "login",
    (form) => {
      form.source.user = "other";
    },
  ],
  [
    "password",
    (form) => {
      form.body.properties.secretParameters.adminCredentials.sourceServerPassword = "other";
    },
  ],
  [
    "SSL mode",
    (form) => {
      form.body.properties.sslMode = "Require";
    },
  ],
];

describe("a finished test of the source", () => {
  const test = { input: sourceTestInput(filledForm()), report: passedReport() };

  it("lets Next go on while nothing changed", () => {
    expect(passes(test, sourceTestInput(filledForm()))).toBe(true);
    expect(blockedReason(test, sourceTestInput(filledForm()))).toBeNull();
  });

  it.each(CHANGES)(
    "is stale once the %s changed, and fresh again when it is changed back",
    (_what, change) => {
      const form = filledForm();
      change(form);
      expect(passes(test, sourceTestInput(form))).toBe(false);
      expect(blockedReason(test, sourceTestInput(form))).toBe("Fields changed: test again");
      expect(passes(test, sourceTestInput(filledForm()))).toBe(true);
    },
  );

  it("does not depend on fields it did not test", () => {
    const form = filledForm();
    form.name = "another";
    form.body.properties.dbsToMigrate = [];
    expect(passes(test, sourceTestInput(form))).toBe(true);
  });

  it("blocks with the number of failed probes", () => {
    const report = passedReport({ ok: false });
    const probes = report.probes.map((probe, index) => ({
      ...probe,
      outcome: index === 3 ? ("failed" as const) : probe.outcome,
    }));
    const failed = { input: test.input, report: { ...report, probes } };
    expect(blockedReason(failed, test.input)).toBe("1 failed probe");
    expect(passes(failed, test.input)).toBe(false);
  });
});

describe("what a test sends", () => {
  it("is what the route accepts", () => {
    for (const input of [sourceTestInput(filledForm()), targetTestInput(filledForm(), [SERVER])]) {
      expect(connectionTestBody.safeParse(input).success).toBe(true);
    }
  });

  it("takes address and TLS of a registered server from its registration", () => {
    expect(targetTestInput(filledForm(), [SERVER])).toMatchObject({
      side: "target",
      host: "target.internal",
      port: 5433,
      sslMode: "VerifyFull",
      caCertificate: SERVER.caCertificate,
      password: "target secret",
    });
  });

  it("is nothing while no target is chosen", () => {
    expect(
      targetTestInput({ ...filledForm(), target: { ...filledForm().target, choice: "" } }, [SERVER]),
    ).toBeNull();
  });
});
