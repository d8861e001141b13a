import { z } from "zod";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { ArmError, type ArmErrorDetail } from "./arm-error";

/** HTTP statuses of codes that are not the caller's bad request. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  MIGRATION_NAME_TAKEN: 409,
  SERVER_IN_USE: 409,
  MIGRATION_NOT_FOUND: 404,
  SERVER_NOT_FOUND: 404,
  ACTION_NOT_ALLOWED: 409,
  CAPTURE_REMAINS: 409,
  TARGET_NOT_RESTORED: 409,
  AZURE_NOT_FOUND: 404,
  AZURE_SIGN_IN_FAILED: 502,
  AZURE_TOKEN_REFUSED: 502,
  AZURE_RIGHT_MISSING: 502,
  AZURE_REFUSED: 502,
  AZURE_UNREACHABLE: 502,
  AZURE_THROTTLED: 503,
  AZURE_SERVER_BUSY: 503,
  SECRET_UNREADABLE: 500,
  INTERNAL: 500,
};

/** What in the request a code speaks about, when the error itself does not say. */
const TARGET: Partial<Record<ErrorCode, string>> = {
  SOURCE_ADDRESS_INVALID: "properties.sourceDbServerResourceId",
  SAME_SERVER: "properties.sourceDbServerResourceId",
  NO_DATABASES: "properties.dbsToMigrate",
  MIGRATION_NAME_TAKEN: "migrationName",
};

/** The answer for a coded error: the stable code, and cause and remedy under additionalInfo. */
export function fromCodedError(error: CodedError, target = TARGET[error.code] ?? error.subject): ArmError {
  return new ArmError(STATUS[error.code] ?? 400, error.code, error.message, {
    ...(target === null ? {} : { target }),
    additionalInfo: [{ type: "HowdahExplanation", info: { cause: error.explanation, remedy: error.remedy } }],
    cause: error,
  });
}

/** The answer for a body or query that does not fit its schema: the first issue in front, all of them in the details. */
export function fromZodError(error: z.ZodError): ArmError {
  const details = error.issues.slice(0, MOST_ISSUES).map(issueDetail);
  const [first] = details;
  return new ArmError(400, "InvalidParameterValue", first?.message ?? "The request is invalid.", {
    ...(first?.target === undefined ? {} : { target: first.target }),
    details,
    cause: error,
  });
}

const MOST_ISSUES = 20;

function issueDetail(issue: z.core.$ZodIssue): ArmErrorDetail {
  const target = z.core.toDotPath(issue.path);
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  const message = missing ? `'${target || "body"}' is required.` : named(target, issue.message);
  return {
    code: missing ? "MissingRequiredParameter" : "InvalidParameterValue",
    message,
    ...(target === "" ? {} : { target }),
  };
}

/** The schema library's own words name nothing: "Invalid input: expected number, received string". Ours speak for themselves. */
function named(target: string, message: string): string {
  const general = /^(?:Invalid input: |Invalid option: |(?=Too (?:big|small): ))(.*)$/s.exec(message)?.[1];
  return general === undefined ? message : `'${target || "body"}': ${general}.`;
}

/** The answer for any error; null when it is none that a caller may see. */
export function toArmError(error: unknown): ArmError | null {
  if (error instanceof ArmError) return error;
  if (error instanceof CodedError) return fromCodedError(error);
  if (error instanceof z.ZodError) return fromZodError(error);
  return null;
}
