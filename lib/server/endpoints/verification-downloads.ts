import { z } from "zod";
import { ArmError } from "@/lib/arm/arm-error";
import { fromCodedError } from "@/lib/arm/map-error";
import { findMigrationById } from "@/lib/store/read-migrations";
import { CodedError } from "@/lib/util/coded-error";
import { logger } from "@/lib/util/log";
import { type Call, isMutating } from "../call";
import type { Endpoint } from "../endpoint";
import { type ExportSubject, repairScript, reportJson, rowsCsv } from "../verification-exports";
import { verificationOf } from "./verifications";

interface Download {
  contentType: string;
  pieces: (subject: ExportSubject) => AsyncIterable<string>;
}

const FILES: Readonly<Record<string, Download>> = {
  "report.json": { contentType: "application/json; charset=utf-8", pieces: reportJson },
  "rows.csv": { contentType: "text/csv; charset=utf-8; header=present", pieces: rowsCsv },
  "repair.sql": { contentType: "application/sql; charset=utf-8", pieces: repairScript },
};

const query = z.object({
  database: z.string().max(63).optional(),
  item: z
    .string()
    .regex(/^\d{1,18}$/, "'item' is the id of an item.")
    .optional(),
});

/**
 * GET .../verifications/{id}/export/{file}?database=&item=: report.json, rows.csv or repair.sql, written piece by piece whatever
 * its size.
 */
export const downloadVerification: Endpoint = {
  action: "Howdah/migrations/verifications/export",
  access: "viewer",
  facts: {
    summary: "Downloads a comparison: its report, its differing rows or a script that mends the target.",
    query,
    statuses: [200],
    files: Object.values(FILES).map(({ contentType }) => contentType),
  },
  audited: isMutating,
  async answer(call) {
    const file = call.params["file"] ?? "";
    const download = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (!download) {
      throw new ArmError(404, "NotFound", `There are ${Object.keys(FILES).join(", ")}, not this file.`);
    }
    const subject = await subjectOf(call);
    const name = `${subject.migration.name}-verification-${file}`;
    return new Response(streamOf(download.pieces(subject), call), {
      headers: {
        "content-type": download.contentType,
        "content-disposition": `attachment; filename="${name}"`,
        "cache-control": "no-store",
        "x-ms-request-id": call.requestId,
        "x-ms-correlation-request-id": call.correlationId,
      },
    });
  },
};

async function subjectOf(call: Call): Promise<ExportSubject> {
  const { database, item } = query.parse(Object.fromEntries(call.url.searchParams));
  const verification = await verificationOf(call);
  const migration = await findMigrationById(verification.migrationId);
  if (!migration)
    throw fromCodedError(new CodedError("MIGRATION_NOT_FOUND", "There is no such migration."), "id");
  return { migration, verification, database: database || null, itemId: item ? BigInt(item) : null };
}

/** A failure in the middle breaks the download off: the status has been sent, and half a file must not look whole. */
function streamOf(pieces: AsyncIterable<string>, { requestId }: Call): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        logger("web").error({ err: error, requestId }, "download broke off");
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
