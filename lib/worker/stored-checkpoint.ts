import { z } from "zod";
import type { Capture, FollowedTable, FollowStart } from "@/lib/engine/cdc/follow-options";
import type { TableIdentity } from "@/lib/engine/cdc/table-identities";
import type {
  CheckpointHead,
  CheckpointPart,
  CheckpointStore,
  MoveCheckpoint,
} from "@/lib/engine/checkpoint";
import type { SchemaStatement } from "@/lib/engine/schema/statement";
import type { Prisma } from "@/lib/generated/prisma/client";
import {
  appendParts,
  clearCheckpoint,
  forgetParts,
  readCheckpoint,
  writeCheckpointHead,
  writeFollowStart,
} from "@/lib/store/checkpoint";
import { type StoreClient, store } from "@/lib/store/client";
import { fenced, type Run } from "@/lib/store/run";

const text = z.string();

const tableName = z.object({ schema: text, name: text });

const headSchema = z.object({
  source: z.object({ systemIdentifier: text.nullable(), databaseOid: text, snapshot: text }),
  target: z.object({ systemIdentifier: text.nullable(), databaseOid: text, timeline: text.nullable() }),
  schemaHash: text,
  splits: z.array(
    z.union([
      tableName.extend({ pages: z.number() }),
      tableName.extend({ column: text, bounds: z.array(text.regex(/^-?\d+$/)) }),
    ]),
  ),
});

/** A schema with every property of T: whatever one leaves out is forgotten by the next worker. */
type Whole<T> = Record<keyof T, z.ZodType>;

const identity = z.object({
  oid: text,
  filenode: text,
  parents: text,
  generated: text.exactOptional(),
  columns: text.exactOptional(),
  constraints: text.exactOptional(),
  endedBefore: text.exactOptional(),
} satisfies Whole<TableIdentity>);

const capture = z.object({
  name: text,
  plugin: z.enum(["test_decoding", "pgoutput"]),
  publications: z.array(text),
  history: z.object({ systemId: text.nullable(), timeline: z.number() }).exactOptional(),
} satisfies Whole<Capture>);

const followedTable = z.object({
  schema: text,
  name: text,
  lsn: text,
  identity: identity.exactOptional(),
} satisfies Whole<FollowedTable>);

const followStartSchema = z.object({
  capture,
  tables: z.array(followedTable),
  recopied: z.array(tableName),
  // Written and read by the engine alone.
  deferred: z.array(z.custom<SchemaStatement>((value) => typeof value === "object" && value !== null)),
  foreignKeys: z.array(z.custom<SchemaStatement>((value) => typeof value === "object" && value !== null)),
  leftOut: z.array(tableName),
} satisfies Whole<FollowStart>);

/**
 * The engine's memory of one database in the store. Every write holds the migration's row and is refused with StaleRunError
 * once another worker owns the migration, so a worker that was thought dead cannot add to what its successor has begun.
 */
export class StoredCheckpoint implements CheckpointStore {
  readonly #run: Run;
  readonly #databaseId: string;
  readonly #onProgress: () => void;

  /** `onProgress` is called when something is finished for good. */
  constructor(run: Run, databaseId: string, onProgress: () => void = () => undefined) {
    this.#run = run;
    this.#databaseId = databaseId;
    this.#onProgress = onProgress;
  }

  /** A head that cannot be read (written by another version of Howdah) counts as none: the move begins anew. */
  async load(): Promise<MoveCheckpoint | null> {
    const stored = await readCheckpoint(store(), this.#databaseId);
    const head = headSchema.safeParse(stored?.head);
    if (!stored || !head.success) return null;
    const follow = followStartSchema.safeParse(stored.follow).data ?? null;
    return { head: head.data, parts: stored.parts, follow };
  }

  async begin(head: CheckpointHead): Promise<void> {
    await this.#write(async (db) => {
      await clearCheckpoint(db, this.#databaseId);
      await writeCheckpointHead(db, this.#databaseId, asJson(head));
    });
  }

  async renew(head: CheckpointHead): Promise<void> {
    await this.#write((db) => writeCheckpointHead(db, this.#databaseId, asJson(head)));
  }

  async append(parts: readonly CheckpointPart[]): Promise<void> {
    if (parts.length === 0) return;
    await this.#write((db) => appendParts(db, this.#databaseId, parts));
    this.#onProgress();
  }

  async forget(tables: readonly { schema: string; name: string }[]): Promise<void> {
    if (tables.length === 0) return;
    await this.#write((db) => forgetParts(db, this.#databaseId, tables));
  }

  async follow(start: FollowStart): Promise<void> {
    // Plain JSON by its contract.
    await this.#write((db) =>
      writeFollowStart(
        db,
        this.#databaseId,
        start as unknown as Prisma.InputJsonObject,
        start.capture.plugin,
      ),
    );
    this.#onProgress();
  }

  async clear(): Promise<void> {
    await this.#write((db) => clearCheckpoint(db, this.#databaseId));
  }

  async #write(write: (db: StoreClient) => Promise<void>): Promise<void> {
    // Each says how things are, not what changed: written twice it does no harm.
    await fenced(this.#run, write, { repeatable: true });
  }
}

function asJson({ source, target, schemaHash, splits }: CheckpointHead): Prisma.InputJsonObject {
  return {
    source: { ...source },
    target: { ...target },
    schemaHash,
    splits: splits.map((split) =>
      "pages" in split ? { ...split } : { ...split, bounds: [...split.bounds] },
    ),
  };
}
