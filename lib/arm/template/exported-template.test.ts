import fc from "fast-check";
import { expect, it } from "vitest";
import { type MigrationCreateInput, migrationCreateBody } from "@/lib/migrations/contract";
import { EXPORT_FORMATS, EXPORTS } from "@/lib/migrations/export/export-formats";
import { exportOfRequest } from "@/lib/migrations/export/exported-migration";
import { localServerResourceId, migrationResourceId } from "@/lib/migrations/resource-paths";
import { LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { evaluateTemplate } from "./evaluate-template";

const SCOPE = { subscriptionId: LOCAL_SUBSCRIPTION_ID, resourceGroup: "local", location: "local" };
const SECRETS = { sourceServerPassword: "never-Source-shown", targetServerPassword: "never-Target-shown" };

/** A text that the languages would read as more than a text. */
const ODD = fc.constantFrom(
  "plain",
  "[toLower('A')]",
  "[[x]",
  `it's ${"$"}{a} %{b} \\ "q"`,
  "a\tc",
  "$$`id`",
  "é€",
  "END",
);

const body = (odd: string, more: object = {}): MigrationCreateInput => ({
  location: "local",
  tags: { team: odd, "a b": "c" },
  properties: {
    migrationMode: "Offline",
    migrationOption: "Validate",
    sourceType: "AWS_RDS",
    sslMode: "Require",
    sourceDbServerResourceId: `[::1]:5432@${odd.replaceAll("\0", "")}`,
    dbsToMigrate: [odd, `${odd}2`],
    overwriteDbsInTarget: "True",
    secretParameters: { adminCredentials: SECRETS, targetServerUsername: "admin1" },
    ...more,
  },
});

const RESOURCE_ID = migrationResourceId(localServerResourceId("crm-target"), "shop-01");
const given = Object.fromEntries(Object.entries(SECRETS).map(([name, value]) => [name, { value }]));

it("an exported template comes to the request it was made of, whatever the texts hold", () => {
  fc.assert(
    fc.property(ODD, ODD, (odd, renamed) => {
      const request = body(odd, {
        howdah: {
          jobs: 3,
          databases: [{ name: odd, targetName: `t-${renamed}`, exclude: { tables: ["a.*"] } }],
        },
      });
      const template: unknown = JSON.parse(EXPORTS.arm.write(exportOfRequest(RESOURCE_ID, request)));
      const { migrations, outputs } = evaluateTemplate(template, given, SCOPE);
      expect(migrations).toHaveLength(1);
      expect(migrations[0]?.id).toBe(RESOURCE_ID);
      expect(migrationCreateBody.parse(migrations[0]?.body)).toEqual(migrationCreateBody.parse(request));
      expect(outputs["migrationId"]?.value).toBe(RESOURCE_ID);
    }),
    { numRuns: 60 },
  );
});

it.each(EXPORT_FORMATS)("%s holds no password", (format) => {
  const text = EXPORTS[format].write(exportOfRequest(RESOURCE_ID, body("shop")));
  for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret);
  expect(text).toContain("shop2");
  expect(text).toContain("admin1");
});
