import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { EMPTY_FORM, type WizardForm } from "./wizard-form";

/** A registered server, for tests. */
export const SERVER: RegisteredServer = {
  id: "0190aaaa-0000-7000-8000-000000000001",
  resourceId:
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.DBforPostgreSQL/flexibleServers/pg-target",
  name: "pg-target",
  resourceGroup: "local",
  location: "local",
  host: "target.internal",
  port: 5433,
  sslMode: "VerifyFull",
  caCertificate: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
  administratorLogin: "postgres",
  azureResourceId: null,
  version: "17.10",
  storageBytes: 44_000_000_000,
  checkedAt: "2026-11-21T07:00:00.000Z",
  createdAt: "2026-11-21T07:00:00.000Z",
  migrationsTotal: 2,
  migrationsActive: 0,
};

/** A form with every step complete, for tests; a fresh copy each time. */
export function filledForm(): WizardForm {
  const form = structuredClone(EMPTY_FORM);
  form.name = "rds-ticketing-01";
  form.source = { host: "source.example.com", port: "5432", user: "migrator" };
  form.target.choice = SERVER.resourceId;
  form.body.properties.dbsToMigrate = ["ticketdb", "inventorydb"];
  form.body.properties.secretParameters = {
    adminCredentials: { sourceServerPassword: "source secret", targetServerPassword: "target secret" },
    targetServerUsername: "postgres",
  };
  return form;
}
