import type { FieldPath } from "react-hook-form";
import { z } from "zod";
import { type MigrationCreateInput, MOST_DATABASES, migrationName } from "@/lib/migrations/contract";
import { databaseName } from "@/lib/migrations/database-name";
import { databaseSelectionsSchema } from "@/lib/migrations/filter";
import { hostName, serverName } from "@/lib/migrations/server-contract";
import {
  DIVERGENCE_POLICIES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  OUTPUT_PLUGINS,
  RUNNERS,
  SOURCE_TYPES,
  type SourceType,
  SSL_MODES,
  type SslMode,
} from "@/lib/migrations/vocabulary";
import type { InputStep } from "./wizard-steps";

/** Value of `target.choice` for a server that is registered together with the migration. */
export const NEW_SERVER = "new";

const portText = z
  .string()
  .trim()
  .regex(/^\d+$/, "Enter a port number.")
  .refine((text) => Number(text) >= 1 && Number(text) <= 65_535, "A port is between 1 and 65535.");

const login = z.string().min(1, "Enter the login.").max(63, "A login has at most 63 characters.");
const password = z
  .string()
  .min(1, "Enter the password.")
  .max(1000, "A password has at most 1000 characters.");
const certificate = z
  .string()
  .max(65_536, "A certificate has at most 64 kB.")
  .refine(
    (text) => text.trim() === "" || text.includes("-----BEGIN CERTIFICATE-----"),
    "Paste the whole PEM text, from BEGIN CERTIFICATE to END CERTIFICATE.",
  );

/** The properties the wizard fills in, under their ARM names; `howdah` holds what Azure has no property for. */
const armProperties = z.object({
  migrationMode: z.enum(MIGRATION_MODES),
  migrationOption: z.enum(MIGRATION_OPTIONS),
  sourceType: z.enum(SOURCE_TYPES),
  sslMode: z.enum(SSL_MODES),
  dbsToMigrate: z
    .array(databaseName)
    .min(1, "Choose at least one database.")
    .max(MOST_DATABASES, `Choose at most ${MOST_DATABASES} databases; another migration can move the rest.`),
  overwriteDbsInTarget: z.enum(["True", "False"]),
  secretParameters: z.object({
    adminCredentials: z.object({ sourceServerPassword: password, targetServerPassword: password }),
    targetServerUsername: login,
  }),
  howdah: z.object({
    sourceCaCertificate: certificate,
    databases: databaseSelectionsSchema,
    vacuum: z.boolean(),
    verifyAtEnd: z.boolean(),
    runBy: z.enum(RUNNERS),
    tuneTarget: z.boolean(),
  }),
});

/** A server to register, as its fields hold it. */
export const newServer = z.object({
  name: serverName,
  host: hostName,
  port: portText,
  sslMode: z.enum(SSL_MODES),
  caCertificate: certificate,
});

/** A registered server's resource id, or NEW_SERVER and what to register. */
const target = z
  .object({
    choice: z.string().min(1, "Choose a server."),
    name: z.string(),
    host: z.string(),
    port: z.string(),
    sslMode: z.enum(SSL_MODES),
    caCertificate: z.string(),
  })
  .superRefine((value, context) => {
    if (value.choice !== NEW_SERVER) return;
    const { error } = newServer.safeParse(value);
    for (const issue of error?.issues ?? []) {
      context.addIssue({ code: "custom", message: issue.message, path: issue.path });
    }
  });

/** Of an online migration, as its fields hold it; "" is Howdah's own choice, and no limit. */
const online = z.object({
  plugin: z.enum(["", ...OUTPUT_PLUGINS]),
  onDivergence: z.enum(DIVERGENCE_POLICIES),
  walLimitGigabytes: z
    .string()
    .trim()
    .refine(
      (text) => text === "" || (/^\d+(\.\d+)?$/.test(text) && Number(text) >= 0.1 && Number(text) <= 100_000),
      "Enter a number from 0.1 to 100000, or nothing for no limit.",
    ),
});

/** What the wizard holds: the ARM body, and apart from it the fields that become parts of ids and addresses. */
export const wizardForm = z.object({
  name: migrationName,
  source: z.object({ host: hostName, port: portText, user: login }),
  target,
  online,
  body: z.object({ location: z.literal("local"), properties: armProperties }),
});
export type WizardForm = z.infer<typeof wizardForm>;
export type WizardField = FieldPath<WizardForm>;

/** Does not compile when the wizard's properties are no longer what the ARM route takes. */
export function asArmProperties(form: WizardForm): MigrationCreateInput["properties"] {
  return form.body.properties;
}

const SECRETS = "body.properties.secretParameters";

/** Fields of each step, in the order of the page. */
export const STEP_FIELDS: Record<InputStep, readonly WizardField[]> = {
  setup: [
    "name",
    "body.properties.sourceType",
    "body.properties.migrationOption",
    "body.properties.migrationMode",
    "online.plugin",
    "online.onDivergence",
    "online.walLimitGigabytes",
    "body.properties.howdah.vacuum",
    "body.properties.howdah.verifyAtEnd",
  ],
  source: [
    "source.host",
    "source.port",
    "source.user",
    `${SECRETS}.adminCredentials.sourceServerPassword`,
    "body.properties.sslMode",
    "body.properties.howdah.sourceCaCertificate",
  ],
  target: [
    "target.choice",
    "target.name",
    "target.host",
    "target.port",
    "target.sslMode",
    "target.caCertificate",
    `${SECRETS}.targetServerUsername`,
    `${SECRETS}.adminCredentials.targetServerPassword`,
    "body.properties.howdah.runBy",
    "body.properties.howdah.tuneTarget",
  ],
  databases: [
    "body.properties.dbsToMigrate",
    "body.properties.howdah.databases",
    "body.properties.overwriteDbsInTarget",
  ],
};

/** The form as it opens. */
export const EMPTY_FORM: WizardForm = {
  name: "",
  source: { host: "", port: "5432", user: "" },
  target: { choice: "", name: "", host: "", port: "5432", sslMode: "Require", caCertificate: "" },
  online: { plugin: "", onDivergence: "stop", walLimitGigabytes: "" },
  body: {
    location: "local",
    properties: {
      migrationMode: "Offline",
      migrationOption: "ValidateAndMigrate",
      sourceType: "OnPremises",
      sslMode: "Prefer",
      dbsToMigrate: [],
      overwriteDbsInTarget: "False",
      secretParameters: {
        adminCredentials: { sourceServerPassword: "", targetServerPassword: "" },
        targetServerUsername: "",
      },
      howdah: {
        sourceCaCertificate: "",
        databases: [],
        vacuum: false,
        verifyAtEnd: false,
        runBy: "howdah",
        tuneTarget: false,
      },
    },
  },
};

/** The SSL mode a source of this type starts with, as in Azure's service. */
export function defaultSslMode(type: SourceType): SslMode {
  return type === "PostgreSQLSingleServer" ? "VerifyFull" : "Prefer";
}

export interface FieldIssue {
  field: WizardField;
  message: string;
}

/** What is wrong with the fields of `step`, one issue a field, in the order of the page. */
export function stepIssues(form: WizardForm, step: InputStep): FieldIssue[] {
  const { error } = wizardForm.safeParse(form);
  const messages = new Map<string, string>();
  for (const issue of error?.issues ?? []) {
    const field = STEP_FIELDS[step].find((name) => `${issue.path.join(".")}.`.startsWith(`${name}.`));
    if (field && !messages.has(field)) messages.set(field, issue.message);
  }
  return STEP_FIELDS[step].flatMap((field) => {
    const message = messages.get(field);
    return message === undefined ? [] : [{ field, message }];
  });
}
