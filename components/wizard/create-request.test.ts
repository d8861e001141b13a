import { describe, expect, it } from "vitest";
import { migrationCreateBody, parseSourceAddress } from "@/lib/migrations/contract";
import { serverPutBody } from "@/lib/migrations/server-contract";
import { createRequest, targetServer } from "./create-request";
import { filledForm, SERVER } from "./filled-form.fixture";
import { NEW_SERVER } from "./wizard-form";

const CA = "-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----";

describe("createRequest", () => {
  it("makes a body that the ARM route accepts unchanged", () => {
    const { body } = createRequest(filledForm(), [SERVER]);
    expect(migrationCreateBody.parse(body).properties).toMatchObject({
      sourceDbServerResourceId: "source.example.com:5432@migrator",
      dbsToMigrate: ["ticketdb", "inventorydb"],
      overwriteDbsInTarget: "False",
      migrationOption: "ValidateAndMigrate",
    });
  });

  it("says how to follow only when changes are followed, and leaves the rest to the worker", () => {
    const form = filledForm();
    expect(createRequest(form, [SERVER]).body.properties.howdah).not.toHaveProperty("online");
    form.body.properties.migrationMode = "Online";
    expect(createRequest(form, [SERVER]).body.properties.howdah?.online).toEqual({ onDivergence: "stop" });
    form.online = { plugin: "pgoutput", onDivergence: "continue", walLimitGigabytes: " 2.5 " };
    const { body } = createRequest(form, [SERVER]);
    expect(migrationCreateBody.parse(body).properties.howdah?.online).toEqual({
      plugin: "pgoutput",
      onDivergence: "continue",
      walLimitMegabytes: 2_500,
    });
  });

  it("puts the migration below its target and registers nothing that is registered", () => {
    const request = createRequest(filledForm(), [SERVER]);
    expect(request.server).toBeNull();
    expect(request.resourceId).toBe(`${SERVER.resourceId}/migrations/rds-ticketing-01`);
  });

  it("registers a new server first, with the login it was tested with", () => {
    const form = filledForm();
    form.target = {
      choice: NEW_SERVER,
      name: "pg-new",
      host: " new.internal ",
      port: "6432",
      sslMode: "Require",
      caCertificate: CA,
    };
    const request = createRequest(form, [SERVER]);
    expect(request.resourceId).toBe(`${request.server?.resourceId}/migrations/rds-ticketing-01`);
    const body = serverPutBody.parse(request.server?.body);
    expect(body.properties).toEqual({
      fullyQualifiedDomainName: "new.internal",
      administratorLogin: "postgres",
      administratorLoginPassword: "target secret",
      howdah: { port: 6432, sslMode: "Require" },
    });
  });

  it.each(["::1", "2001:db8::7", "10.0.0.1", "db.example.com"])("keeps the address %s readable", (host) => {
    const form = filledForm();
    form.source = { host, port: "6543", user: "strange@user:name" };
    const { sourceDbServerResourceId } = createRequest(form, [SERVER]).body.properties;
    expect(parseSourceAddress(sourceDbServerResourceId ?? "")).toEqual({
      host,
      port: 6543,
      user: "strange@user:name",
    });
  });

  it("sends a certificate only where the SSL mode checks one", () => {
    const form = filledForm();
    form.body.properties.howdah.sourceCaCertificate = CA;
    form.body.properties.sslMode = "Require";
    expect(createRequest(form, [SERVER]).body.properties.howdah).not.toHaveProperty("sourceCaCertificate");
    form.body.properties.sslMode = "VerifyCA";
    expect(createRequest(form, [SERVER]).body.properties.howdah).toMatchObject({ sourceCaCertificate: CA });
  });

  it("sends what is to be done at the end, where rows move", () => {
    const form = filledForm();
    expect(createRequest(form, [SERVER]).body.properties.howdah).not.toHaveProperty("vacuum");
    Object.assign(form.body.properties.howdah, { vacuum: true, verifyAtEnd: true });
    const { body } = createRequest(form, [SERVER]);
    expect(migrationCreateBody.parse(body).properties.howdah).toMatchObject({
      vacuum: true,
      verifyAtEnd: true,
    });
    form.body.properties.migrationOption = "Validate";
    expect(createRequest(form, [SERVER]).body.properties.howdah).not.toHaveProperty("vacuum");
  });

  it("sends filters and target names of the databases that move", () => {
    const form = filledForm();
    const shop = { name: "ticketdb", targetName: "tickets", exclude: { tables: ["app.log_*"] } };
    form.body.properties.howdah.databases = [shop, { name: "unticked", targetName: "other" }];
    const { body } = createRequest(form, [SERVER]);
    expect(migrationCreateBody.parse(body).properties.howdah?.databases).toEqual([shop]);
  });

  it("keeps passwords out of every id", () => {
    const { resourceId, server, body } = createRequest(filledForm(), [SERVER]);
    expect([resourceId, server?.resourceId, body.properties.sourceDbServerResourceId].join()).not.toContain(
      "secret",
    );
  });
});

describe("targetServer", () => {
  it("is unknown until one is chosen, or when the chosen one was removed", () => {
    const form = filledForm();
    expect(targetServer(form, [])).toBeNull();
    form.target.choice = "";
    expect(targetServer(form, [SERVER])).toBeNull();
  });
});
