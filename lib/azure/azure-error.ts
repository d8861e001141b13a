/**
 * What Azure Resource Manager or the sign-in answered, in the closed codes. Follows "Throttling Resource Manager requests"
 * (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling) and the error body of
 * the resource provider contract.
 */
import type { PostgreSQLManagementFlexibleServerClientOptionalParams as ClientOptions } from "@azure/arm-postgresql-flexible";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";

/** Codes with which the provider says that another operation is under way on the server. */
const BUSY =
  /^(ServerIsBusy|ServerBusy|OperationInProgress|AnotherOperationInProgress|ConflictingOperation)$/i;

/** The one action that was not allowed, in the message of AuthorizationFailed. */
const MISSING_ACTION = /perform action '([^']+)'(?: over scope '([^']+)')?/;

/** What was answered to a request that failed, by the request. */
const bodies = new WeakMap<object, string>();

/** Options of the SDK's clients that keep what a failed answer says: an error of a list leaves it out, and with it the missing right. */
export const KEEP_ANSWERS: Pick<ClientOptions, "additionalPolicies"> = {
  additionalPolicies: [
    {
      position: "perCall",
      policy: {
        name: "keepFailedAnswers",
        async sendRequest(request, next) {
          const response = await next(request);
          if (response.status >= 400 && response.bodyAsText)
            bodies.set(response.request, response.bodyAsText);
          return response;
        },
      },
    },
  ],
};

interface Answer {
  status: number;
  code: string;
  message: string;
}

/** The error of a call to Azure as CodedError; `subject` is the resource it was about. Passes the signal's reason and CodedErrors through. */
export function toAzureError(error: unknown, subject: string): unknown {
  if (error instanceof CodedError || isAbort(error)) return error;
  const answer = answerOf(error);
  if (answer) return refused(answer, subject, error);
  if (isSignInError(error)) return coded("AZURE_SIGN_IN_FAILED", firstLine(messageOf(error)), subject, error);
  return coded("AZURE_UNREACHABLE", `Azure could not be reached: ${messageOf(error)}`, subject, error, {
    transient: true,
  });
}

function refused({ status, code, message }: Answer, subject: string, cause: unknown): CodedError {
  if (status === 401) return coded("AZURE_TOKEN_REFUSED", message, subject, cause);
  if (status === 403) return rightMissing(message, subject, cause);
  if (status === 404) return coded("AZURE_NOT_FOUND", message, subject, cause);
  if (status === 429) return coded("AZURE_THROTTLED", message, subject, cause, { transient: true });
  if (BUSY.test(code)) return coded("AZURE_SERVER_BUSY", message, subject, cause, { transient: true });
  if (status >= 500)
    return coded("AZURE_UNREACHABLE", `Azure answered ${status}: ${message}`, subject, cause, {
      transient: true,
    });
  return coded("AZURE_REFUSED", code === "" ? message : `${code}: ${message}`, subject, cause);
}

/** Names the action and the scope a role assignment has to cover. */
function rightMissing(message: string, subject: string, cause: unknown): CodedError {
  const [, action, scope] = MISSING_ACTION.exec(message) ?? [];
  if (action === undefined) return coded("AZURE_RIGHT_MISSING", message, subject, cause);
  const where = scope ?? subject;
  return coded(
    "AZURE_RIGHT_MISSING",
    `The identity Howdah uses may not perform ${action} on ${where}.`,
    subject,
    cause,
    {
      remedy: `Assign it a role with the action ${action} on ${where} (Contributor on the server has it); a new assignment takes some minutes to count.`,
    },
  );
}

function coded(
  code: ErrorCode,
  message: string,
  subject: string,
  cause: unknown,
  more: { transient?: boolean; remedy?: string } = {},
): CodedError {
  return new CodedError(code, message, { subject, cause, ...more });
}

/** Status, code and message of an answer; null when there was none. The SDK's RestError and the poller's errors look like this. */
function answerOf(error: unknown): Answer | null {
  if (typeof error !== "object" || error === null) return null;
  const { statusCode, code, message, response, request } = error as Record<string, unknown>;
  const kept = typeof request === "object" && request !== null ? bodies.get(request) : undefined;
  const body = bodyOf(response) ?? bodyOf({ bodyAsText: kept });
  const status = typeof statusCode === "number" ? statusCode : null;
  if (status === null && body === null) return null;
  return {
    status: status ?? 0,
    code: body?.code ?? (typeof code === "string" ? code : ""),
    message: body?.message ?? (typeof message === "string" ? message : "no message"),
  };
}

function bodyOf(response: unknown): { code: string; message: string } | null {
  const text = (response as { bodyAsText?: unknown } | undefined)?.bodyAsText;
  if (typeof text !== "string") return null;
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.code !== "string" || typeof error.message !== "string") return null;
    return { code: error.code, message: error.message };
  } catch {
    return null;
  }
}

/** Errors of @azure/identity, which are not exported as one class. */
function isSignInError(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(AuthenticationError|AggregateAuthenticationError|AuthenticationRequiredError|CredentialUnavailableError)$/.test(
      error.name,
    )
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The chain of credentials tells each of its attempts in a line; the first one says what happened. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}
