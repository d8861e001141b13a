import { z } from "zod";
import { failureOf, RequestFailed } from "@/components/live/request-failed";
import type { ConnectionTestInput } from "@/lib/migrations/connection-test-contract";
import type {
  FilterPreviewAnswer,
  FilterPreviewInput,
  SourceObjects,
  SourceObjectsInput,
} from "@/lib/migrations/filter-preview";
import { API_VERSION, MIGRATION_TYPE } from "@/lib/migrations/resource-paths";
import type { ConnectionTestReport } from "@/lib/postgres/probes/report";

const explanation = z.object({
  error: z.object({
    additionalInfo: z.array(z.object({ info: z.object({ remedy: z.string() }) })).optional(),
  }),
});

/** A refused request with what to do about it, where the server said so. */
export class RefusedRequest extends RequestFailed {
  readonly remedy: string | null;

  constructor(failure: RequestFailed, remedy: string | null) {
    super(failure.status, failure.code, failure.message, { cause: failure });
    this.remedy = remedy;
  }
}

/** PUTs an ARM resource and returns the answer. Throws RefusedRequest. */
export async function putResource(resourceId: string, body: unknown): Promise<unknown> {
  return await sendJson("PUT", armUrl(resourceId), body);
}

/** DELETEs an ARM resource. Throws RefusedRequest. */
export async function deleteResource(resourceId: string): Promise<void> {
  await sendJson("DELETE", armUrl(resourceId), undefined);
}

/** What ARM answers about a migration name below the server `serverId`. Throws RefusedRequest. */
export async function checkMigrationName(
  serverId: string,
  name: string,
  signal?: AbortSignal,
): Promise<{ nameAvailable?: boolean | undefined; message?: string | null | undefined }> {
  const url = armUrl(`${serverId}/checkMigrationNameAvailability`);
  const answer = await sendJson("POST", url, { name, type: MIGRATION_TYPE }, signal);
  return nameAnswer.parse(answer);
}

const nameAnswer = z.object({ nameAvailable: z.boolean().optional(), message: z.string().nullish() });

/** Tests a connection. Throws RefusedRequest when the test itself could not run; what the server does is in the report. */
export async function testConnection(
  input: ConnectionTestInput,
  signal: AbortSignal,
): Promise<ConnectionTestReport> {
  return (await sendJson("POST", "/api/connection-tests", input, signal)) as ConnectionTestReport;
}

/** What a database of the source holds. Throws RefusedRequest. */
export async function readSourceObjects(
  input: SourceObjectsInput,
  signal: AbortSignal,
): Promise<SourceObjects> {
  return (await sendJson("POST", "/api/source-objects", input, signal)) as SourceObjects;
}

/** What a filter would leave out, and what follows. Throws RefusedRequest. */
export async function previewFilter(
  input: FilterPreviewInput,
  signal: AbortSignal,
): Promise<FilterPreviewAnswer> {
  return (await sendJson("POST", "/api/filter-previews", input, signal)) as FilterPreviewAnswer;
}

function armUrl(resourceId: string): string {
  return `${resourceId}?api-version=${API_VERSION}`;
}

/** Sends and reads JSON. Throws RefusedRequest. */
export async function sendJson(
  method: string,
  url: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const silent = new RequestFailed(0, "NO_ANSWER", "Howdah does not answer.", { cause: error });
    throw new RefusedRequest(silent, "Check that it still runs, then try again.");
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : await response.json().catch(() => null);
}

async function refusal(response: Response): Promise<RefusedRequest> {
  const told = explanation.safeParse(
    await response
      .clone()
      .json()
      .catch(() => null),
  );
  const remedy = told.success ? (told.data.error.additionalInfo?.[0]?.info.remedy ?? null) : null;
  return new RefusedRequest(await failureOf(response), remedy);
}
