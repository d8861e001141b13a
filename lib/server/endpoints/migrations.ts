import { z } from "zod";
import { fromCodedError } from "@/lib/arm/map-error";
import { TABLE_SORTS } from "@/lib/migrations/read-model";
import { TABLE_STATES } from "@/lib/migrations/vocabulary";
import { CodedError } from "@/lib/util/coded-error";
import type { Call } from "../call";
import { endpoint } from "../endpoint";
import {
  migrationListVersion,
  migrationVersion,
  readEvents,
  readMigrationDetails,
  readMigrationList,
  readMigrationTimings,
  readTables,
} from "../read-models";
import * as schemas from "../read-schemas";

const page = {
  limit: z.coerce.number().int().min(1).max(500).optional(),
};

/** A page of something that grows: entries older than `before`. */
export const olderThan = z.object({
  ...page,
  before: z
    .string()
    .regex(/^\d{1,18}$/, "'before' is the id of an entry.")
    .optional(),
});

/** GET /api/migrations */
export const listMigrations = endpoint({
  action: "Howdah/migrations/read",
  access: "viewer",
  summary: "Lists all migrations, newest first.",
  output: schemas.migrationList,
  version: migrationListVersion,
  async handle() {
    return { body: await readMigrationList() };
  },
});

/** GET /api/migrations/{id} */
export const getMigration = endpoint({
  action: "Howdah/migrations/read",
  access: "viewer",
  summary: "Reads a migration as its page shows it.",
  output: schemas.migrationDetails,
  version: knownVersion,
  async handle({ params }) {
    const details = await readMigrationDetails(params["id"] ?? "");
    if (!details) throw notFound();
    return { body: details };
  },
});

/** GET /api/migrations/{id}/timings */
export const getTimings = endpoint({
  action: "Howdah/migrations/timings/read",
  access: "viewer",
  summary: "Tells where the time of a migration went.",
  output: schemas.migrationTimings,
  version: knownVersion,
  async handle({ params }) {
    return { body: await readMigrationTimings(params["id"] ?? "") };
  },
});

/** "bytes", or "-bytes" for the largest first. */
const tableSort = z
  .string()
  .regex(/^-?[A-Za-z]+$/)
  .transform((text) => ({ by: text.replace(/^-/, ""), descending: text.startsWith("-") }))
  .pipe(z.object({ by: z.enum(TABLE_SORTS), descending: z.boolean() }));

/** GET /api/migrations/{id}/tables?database=&state=&search=&sort=&offset=&limit= */
export const listTables = endpoint({
  action: "Howdah/migrations/tables/read",
  access: "viewer",
  summary: "Lists the tables of a migration and how far they are.",
  query: z.object({
    ...page,
    database: z.string().max(63).optional(),
    state: z.enum(TABLE_STATES).optional(),
    search: z.string().max(200).optional(),
    sort: tableSort.optional(),
    offset: z.coerce.number().int().min(0).max(10_000_000).optional(),
  }),
  output: schemas.tablePage,
  version: knownVersion,
  async handle({ params, query }) {
    return {
      body: await readTables(params["id"] ?? "", {
        database: query.database ?? null,
        state: query.state ?? null,
        search: query.search ?? null,
        sort: query.sort ?? null,
        offset: query.offset ?? 0,
        limit: query.limit ?? 100,
      }),
    };
  },
});

/** GET /api/migrations/{id}/events?before=&limit= */
export const listEvents = endpoint({
  action: "Howdah/migrations/events/read",
  access: "viewer",
  summary: "Lists what happened to a migration, newest first.",
  query: olderThan,
  output: schemas.activityPage,
  version: knownVersion,
  async handle({ params, query }) {
    return { body: await readEvents(params["id"] ?? "", query) };
  },
});

async function knownVersion({ params }: Call): Promise<string> {
  const version = await migrationVersion(params["id"] ?? "");
  if (version === null) throw notFound();
  return version;
}

function notFound() {
  return fromCodedError(new CodedError("MIGRATION_NOT_FOUND", "There is no such migration."), "id");
}
