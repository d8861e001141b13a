import { z } from "zod";
import { fromCodedError } from "@/lib/arm/map-error";
import { CodedError } from "@/lib/util/coded-error";
import { logger } from "@/lib/util/log";
import type { Call } from "../call";
import type { Endpoint } from "../endpoint";
import { type LogRecord, logRecords } from "../log/log-records";
import { logText } from "../log/log-text";
import { readMigrationDetails } from "../read-models";

const query = z.object({ format: z.enum(["jsonl", "text"]).default("text") });

const FORMATS = {
  jsonl: {
    type: "application/jsonl",
    extension: "jsonl",
    write: (record: LogRecord) => `${JSON.stringify(record)}\n`,
  },
  text: { type: "text/plain", extension: "txt", write: logText },
} as const;

/** A chunk is sent once it is this long. */
const CHUNK_CHARACTERS = 32_768;

const log = logger("web");

/** GET /api/migrations/{id}/log?format=text|jsonl: everything known of a migration as a file; docs/migration-log.md. */
export const downloadLog: Endpoint = {
  action: "Howdah/migrations/log/read",
  access: "viewer",
  facts: {
    summary: "Downloads everything known of a migration.",
    query,
    statuses: [200],
    files: Object.values(FORMATS).map(({ type }) => type),
  },
  audited: () => false,
  async answer(call) {
    const { format } = query.parse(Object.fromEntries(call.url.searchParams));
    const details = await readMigrationDetails(call.params["id"] ?? "");
    if (!details) {
      throw fromCodedError(new CodedError("MIGRATION_NOT_FOUND", "There is no such migration."), "id");
    }
    const { type, extension, write } = FORMATS[format];
    const headers = {
      "content-type": `${type}; charset=utf-8`,
      // A migration's name is letters, digits and hyphens.
      "content-disposition": `attachment; filename="${details.name}-log.${extension}"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-ms-request-id": call.requestId,
      "x-ms-correlation-request-id": call.correlationId,
    };
    if (call.request.method === "HEAD") return new Response(null, { headers });
    return new Response(streamOf(chunks(logRecords(details, new Date()), write), call), { headers });
  },
};

async function* chunks(
  records: AsyncGenerator<LogRecord>,
  write: (record: LogRecord) => string,
): AsyncGenerator<string> {
  let chunk = "";
  for await (const record of records) {
    chunk += write(record);
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}

/** Reads on only while the reader takes what was read; ends the reading when the reader leaves. */
function streamOf(texts: AsyncGenerator<string>, call: Call): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await texts.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (error) {
          // The status is sent already: a download that breaks off is how the reader learns of it.
          log.error({ err: error, requestId: call.requestId }, "log download failed");
          controller.error(error);
        }
      },
      async cancel() {
        await texts.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}
