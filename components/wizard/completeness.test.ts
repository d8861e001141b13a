import { describe, expect, it } from "vitest";
import { fieldIssues, type WizardFacts, wizardCompleteness } from "./completeness";
import { filledForm, SERVER } from "./filled-form.fixture";
import { inventory, inventoryDatabase, passedReport } from "./report.fixture";
import { sourceTestInput, targetTestInput } from "./test-result";
import { NEW_SERVER } from "./wizard-form";

function completeFacts(): WizardFacts {
  const values = filledForm();
  const databases = [inventoryDatabase("ticketdb"), inventoryDatabase("inventorydb")];
  return {
    values,
    servers: [SERVER],
    source: {
      input: sourceTestInput(values),
      report: passedReport({ inventory: inventory({ databases, serverIdentity: "source" }) }),
    },
    target: {
      input: targetTestInput(values, [SERVER]) ?? sourceTestInput(values),
      report: passedReport({ inventory: inventory({ serverIdentity: "target" }) }),
    },
  };
}

const all = { setup: true, source: true, target: true, databases: true };

describe("wizardCompleteness", () => {
  it("is complete when everything is filled in and tested", () => {
    expect(wizardCompleteness(completeFacts())).toEqual(all);
  });

  it("loses the source when a field changes after its test", () => {
    const facts = completeFacts();
    facts.values.source.host = "other.example.com";
    expect(wizardCompleteness(facts)).toEqual({ ...all, source: false });
  });

  it("loses the target when its registration changed meanwhile", () => {
    const facts = completeFacts();
    expect(wizardCompleteness({ ...facts, servers: [{ ...SERVER, port: 6000 }] })).toMatchObject({
      target: false,
    });
  });

  it("does not accept the source as its own target", () => {
    const facts = completeFacts();
    const same = passedReport({ inventory: inventory({ serverIdentity: "source" }) });
    const target = facts.target && { ...facts.target, report: same };
    expect(wizardCompleteness({ ...facts, target })).toMatchObject({ target: false });
  });

  it("loses the databases when none of the chosen ones is there any more", () => {
    const facts = completeFacts();
    facts.values.body.properties.dbsToMigrate = ["dropped_meanwhile"];
    expect(wizardCompleteness(facts)).toMatchObject({ databases: false });
  });
});

describe("fieldIssues", () => {
  it("finds that the chosen server was removed", () => {
    expect(fieldIssues(filledForm(), [], "target")[0]?.field).toBe("target.choice");
  });

  it("finds that a new server's name is taken, without regard to case", () => {
    const form = filledForm();
    form.target = { ...form.target, choice: NEW_SERVER, name: "PG-Target", host: "h" };
    expect(fieldIssues(form, [SERVER], "target").map((issue) => issue.field)).toEqual(["target.name"]);
  });
});

describe("a migration that Azure's service is to run", () => {
  it("has no filters and no other names; Howdah may", () => {
    const facts = completeFacts();
    const servers = [{ ...SERVER, azureResourceId: "/subscriptions/s/flexibleServers/x" }];
    const { howdah } = facts.values.body.properties;
    howdah.databases = [{ name: "ticketdb", targetName: "tickets" }];
    expect(fieldIssues(facts.values, servers, "databases")).toEqual([]);
    howdah.runBy = "azure";
    expect(fieldIssues(facts.values, servers, "databases")).toMatchObject([
      { field: "body.properties.howdah.databases", message: expect.stringContaining("ticketdb") },
    ]);
    howdah.databases = [];
    expect(fieldIssues(facts.values, servers, "databases")).toEqual([]);
  });
});
