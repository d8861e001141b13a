import { failureOf, RequestFailed } from "@/components/live/request-failed";
import { API_VERSION, verificationResourceId } from "@/lib/migrations/resource-paths";
import type { VerificationPatchInput, VerifyInput } from "@/lib/migrations/verification";

/** Queues a verification of the migration with this ARM id. Throws RequestFailed with ARM's code and message. */
export async function startVerification(resourceId: string, body: VerifyInput): Promise<void> {
  await send(`${resourceId}/verify`, "POST", body);
}

/** Cancels a verification or changes its limits; the next poll shows when it has taken effect. Throws RequestFailed. */
export async function patchVerification(
  resourceId: string,
  verificationId: string,
  properties: NonNullable<VerificationPatchInput["properties"]>,
): Promise<void> {
  await send(verificationResourceId(resourceId, verificationId), "PATCH", { properties });
}

async function send(path: string, method: "POST" | "PATCH", body: object): Promise<void> {
  let response: Response;
  try {
    response = await fetch(`${path}?api-version=${API_VERSION}`, {
      method,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw new RequestFailed(0, "NO_ANSWER", "Howdah does not answer. Nothing was changed.", { cause: error });
  }
  if (!response.ok) throw await failureOf(response);
}
