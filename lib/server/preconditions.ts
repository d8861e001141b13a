import { createHash } from "node:crypto";
import { ArmError } from "@/lib/arm/arm-error";
import type { Call } from "./call";
import { jsonResponse } from "./error-response";

/** The ETag header for a text that changes with the answer. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/** The ETag of an answer that has no version of its own: equal bodies, equal tags. */
export function etagOfBody(body: unknown): string {
  const text = JSON.stringify(body) ?? "";
  return etagOf(createHash("sha256").update(text).digest("base64url").slice(0, 22));
}

/** The answer to a reading call that spares its body: 304 when the client has it. Throws ArmError 412 when it insists on another. */
export function sparedAnswer(call: Call, etag: string): Response | null {
  const { headers } = call.request;
  const wanted = headers.get("if-match");
  if (wanted !== null && !names(wanted, etag)) throw preconditionFailed("If-Match");
  return names(headers.get("if-none-match"), etag) ? jsonResponse(call, 304, undefined, { etag }) : null;
}

/**
 * Checks the conditions of a call that writes a resource with this ETag, null for one that does not exist. Throws ArmError 412.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13
 */
export function demandPreconditions({ headers }: Request, etag: string | null): void {
  const wanted = headers.get("if-match");
  if (wanted !== null && (etag === null || !names(wanted, etag))) throw preconditionFailed("If-Match");
  if (etag !== null && names(headers.get("if-none-match"), etag)) throw preconditionFailed("If-None-Match");
}

/** 412 for a condition that does not hold. */
export function preconditionFailed(header: "If-Match" | "If-None-Match"): ArmError {
  const message =
    header === "If-Match"
      ? "The resource is not the one If-Match names: it has changed since, or there is none. Read it again and repeat."
      : "The resource exists already, and If-None-Match asks for one that does not.";
  return new ArmError(412, "PreconditionFailed", message, { target: header });
}

/** True when the header's list of tags holds this one; "*" stands for any. Weak and strong tags are compared alike. */
function names(header: string | null, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
