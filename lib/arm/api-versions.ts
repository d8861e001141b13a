import { ArmError } from "./arm-error";

/** Versions of Microsoft.DBforPostgreSQL that carry the migrations resource, newest first. */
export const SUPPORTED_API_VERSIONS = [
  "2026-07-01-preview",
  "2026-01-01-preview",
  "2025-08-01",
  "2025-06-01-preview",
  "2025-01-01-preview",
  "2024-11-01-preview",
  "2024-08-01",
  "2024-03-01-preview",
  "2023-12-01-preview",
  "2023-06-01-preview",
  "2023-03-01-preview",
  "2022-05-01-preview",
  "2021-06-15-privatepreview",
  "2020-11-05-preview",
] as const;
export type ApiVersion = (typeof SUPPORTED_API_VERSIONS)[number];

/** From this version on DELETE of a migration is called Cancel and answers with the migration. */
const FIRST_WITH_CANCEL = "2025-06-01-preview";

/** Subscriptions and resource groups have versions of their own; any that looks like one will do. */
const VERSION_PATTERN = /^\d{4}-\d{2}-\d{2}(-(private)?preview)?$/i;

/** The version of a request to the provider. Throws ArmError MissingApiVersionParameter or InvalidApiVersionParameter. */
export function providerApiVersion(text: string | null): ApiVersion {
  const version = SUPPORTED_API_VERSIONS.find((supported) => supported === required(text).toLowerCase());
  if (!version) throw invalid(required(text));
  return version;
}

/** Checks the version of a request to Resource Manager itself. Throws as `providerApiVersion`. */
export function checkManagementApiVersion(text: string | null): void {
  if (!VERSION_PATTERN.test(required(text))) throw invalid(required(text));
}

/** True when DELETE of a migration answers with its body, as Cancel does. */
export function cancelAnswersWithBody(version: ApiVersion): boolean {
  return version >= FIRST_WITH_CANCEL;
}

function required(text: string | null): string {
  if (text) return text;
  throw new ArmError(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
  );
}

function invalid(text: string): ArmError {
  return new ArmError(
    400,
    "InvalidApiVersionParameter",
    `The api-version '${text.slice(0, 50)}' is invalid. The supported versions are '${SUPPORTED_API_VERSIONS.join(",")}'.`,
    { target: "api-version" },
  );
}
