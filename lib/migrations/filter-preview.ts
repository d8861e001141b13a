/** Bodies and answers of POST /api/source-objects and POST /api/filter-previews. */
import { z } from "zod";
import { connectionTestBody } from "./connection-test-contract";
import { databaseName } from "./database-name";
import { databaseFilterSchema } from "./filter";

/** Where a source's database is, and how to log in there; nothing of it is kept. */
export const sourceObjectsBody = connectionTestBody
  .omit({ side: true, database: true })
  .extend({ database: databaseName });
export type SourceObjectsInput = z.input<typeof sourceObjectsBody>;

export const filterPreviewBody = sourceObjectsBody.extend({
  filter: databaseFilterSchema,
  /** False leaves the bytes out of the answer, which is then there sooner. */
  sizes: z.boolean().default(true),
});
export type FilterPreviewInput = z.input<typeof filterPreviewBody>;

const sourceRelation = z.object({
  name: z.string(),
  kind: z.enum(["table", "partitioned-table", "partition", "view", "materialized-view", "foreign-table"]),
  /** Of its rows, without indexes. */
  bytes: z.number(),
  /** An estimate; null when the source has none. */
  rows: z.number().nullable(),
  indexes: z.array(z.object({ name: z.string(), bytes: z.number() })),
  /** The partitioned table of a partition, else null. */
  parent: z.object({ schema: z.string(), name: z.string() }).nullable(),
});
export type SourceRelation = z.infer<typeof sourceRelation>;

/** The tree of one database. */
export const sourceObjects = z.object({
  schemas: z.array(z.object({ name: z.string(), relations: z.array(sourceRelation) })),
  truncated: z.boolean(),
});
export type SourceObjects = z.infer<typeof sourceObjects>;

export const filterPreview = z.object({
  tables: z.number(),
  tablesLeftOut: z.number(),
  tablesEmpty: z.number(),
  views: z.number(),
  viewsLeftOut: z.number(),
  indexes: z.number(),
  indexesLeftOut: z.number(),
  bytesTotal: z.number().nullable(),
  bytesLeftOut: z.number().nullable(),
  consequences: z.array(
    z.object({
      effect: z.enum(["left-out", "not-valid", "differs", "kept"]),
      kind: z.string(),
      object: z.string(),
      message: z.string(),
    }),
  ),
  consequencesTotal: z.number(),
  unmatched: z.array(z.object({ list: z.string(), pattern: z.string() })),
});
export type FilterPreviewAnswer = z.infer<typeof filterPreview>;
