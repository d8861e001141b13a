import { z } from "zod";
import { fromCodedError } from "@/lib/arm/map-error";
import { VERIFICATION_ITEM_STATES, VERIFIED_KINDS } from "@/lib/migrations/verification";
import {
  countItemRows,
  countItemStates,
  findItem,
  findVerification,
  listVerifications,
  readDifferingRows,
  readItemRows,
  type VerificationWithTotals,
} from "@/lib/store/verifications/read-verifications";
import { CodedError } from "@/lib/util/coded-error";
import type { Call } from "../call";
import { endpoint } from "../endpoint";
import { migrationVersion } from "../read-models";
import * as schemas from "../verification-schemas";
import { verificationDetailsOf, verificationItemOf, verificationRowOf } from "../verification-views";

const LISTED = 100;

const page = {
  offset: z.coerce.number().int().min(0).max(10_000_000).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
};

/** GET /api/migrations/{id}/verifications */
export const listMigrationVerifications = endpoint({
  action: "Howdah/migrations/verifications/read",
  access: "viewer",
  summary: "Lists comparisons of source and target.",
  output: schemas.verificationList,
  version: knownVersion,
  async handle({ params }) {
    const rows = await listVerifications(params["id"] ?? "", LISTED);
    return { body: { verifications: rows.map(verificationDetailsOf) } };
  },
});

/** GET /api/migrations/{id}/verifications/{verification} */
export const readVerification = endpoint({
  action: "Howdah/migrations/verifications/read",
  access: "viewer",
  summary: "Reads a comparison of source and target.",
  output: schemas.verificationDetails,
  version: knownVersion,
  async handle(call) {
    return { body: verificationDetailsOf(await verificationOf(call)) };
  },
});

/** GET .../items?database=&state=&kind=&search=&offset=&limit= */
export const listItems = endpoint({
  action: "Howdah/migrations/verifications/read",
  access: "viewer",
  summary: "Lists what was compared: tables, sequences, schemas and more.",
  query: z.object({
    ...page,
    database: z.string().max(63).optional(),
    state: z.enum(VERIFICATION_ITEM_STATES).optional(),
    kind: z.enum(VERIFIED_KINDS).optional(),
    search: z.string().max(200).optional(),
  }),
  output: schemas.itemPage,
  version: knownVersion,
  async handle({ query, ...call }) {
    const { id } = await verificationOf(call);
    const { database = null, state = null, kind = null, search = null, offset = 0, limit = 100 } = query;
    const filter = { database, state, kind, search, offset, limit };
    const [total, counts, rows] = await Promise.all([
      countItemRows(id, filter),
      countItemStates(id),
      readItemRows(id, filter),
    ]);
    const of = (name: (typeof VERIFICATION_ITEM_STATES)[number]) => counts.get(name) ?? 0;
    return {
      body: {
        total,
        offset,
        counts: {
          queued: of("queued"),
          running: of("running"),
          equal: of("equal"),
          different: of("different"),
          unchecked: of("unchecked"),
        },
        items: rows.map(verificationItemOf),
      },
    };
  },
});

/** GET .../items/{item}/rows?offset=&limit= */
export const listRows = endpoint({
  action: "Howdah/migrations/verifications/read",
  access: "viewer",
  summary: "Lists rows that differ, with the statements that mend the target.",
  query: z.object(page),
  output: schemas.rowPage,
  version: knownVersion,
  async handle({ query, ...call }) {
    const { id } = await itemOf(call);
    const { offset = 0, limit = 20 } = query;
    const { total, rows } = await readDifferingRows(id, { offset, limit });
    return { body: { total, offset, rows: rows.map(verificationRowOf) } };
  },
});

/** GET .../items/{item}/schema */
export const readSchema = endpoint({
  action: "Howdah/migrations/verifications/read",
  access: "viewer",
  summary: "Reads both sides of a schema, line by line.",
  output: schemas.schemaView,
  version: knownVersion,
  async handle(call) {
    const { schemaLines } = await itemOf(call);
    return { body: { lines: schemas.schemaLines.parse(schemaLines ?? []) } };
  },
});

/** The verification that the call's path names. Throws ArmError 404. */
export async function verificationOf({ params }: Pick<Call, "params">): Promise<VerificationWithTotals> {
  const { id = "", verification = "" } = params;
  const named = z.guid().safeParse(id).success && z.guid().safeParse(verification).success;
  const found = named ? await findVerification(id, verification) : null;
  if (!found) throw notFound("There is no such verification of this migration.", "verification");
  return found;
}

async function itemOf(call: Pick<Call, "params">): Promise<{ id: bigint; schemaLines: unknown }> {
  const { id } = await verificationOf(call);
  const item = call.params["item"] ?? "";
  const found = /^\d{1,18}$/.test(item) ? await findItem(id, BigInt(item)) : null;
  if (!found) throw notFound("There is no such item in this verification.", "item");
  return found;
}

async function knownVersion({ params }: Call): Promise<string> {
  const version = await migrationVersion(params["id"] ?? "");
  if (version === null) throw notFound("There is no such migration.", "id");
  return version;
}

function notFound(message: string, target: string) {
  return fromCodedError(new CodedError("MIGRATION_NOT_FOUND", message), target);
}
