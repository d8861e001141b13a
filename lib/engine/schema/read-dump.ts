import { collectGarbage, MANY_OBJECTS } from "../collect-garbage";
import { classifyByGrammar, loadClassifier, tryClassify } from "./classify-statement";
import { decodeDump } from "./decode-dump";
import type { SourceFacts } from "./inspect-source";
import { localNotNulls } from "./local-not-nulls";
import { filterStatement } from "./post-filters";
import { SharedNames } from "./shared-names";
import { StatementSplitter } from "./split-statements";
import type { SchemaStatement } from "./statement";

/** What is read out of a dump's text. */
export interface ReadDump {
  statements: SchemaStatement[];
  /** "18.4": of the pg_dump that wrote it; null when it does not say. */
  version: string | null;
}

export interface ReadDumpOptions {
  facts: Partial<Pick<SourceFacts, "major">>;
  /** Major version. */
  targetVersion: number;
  /** As DumpSchemaOptions has it. */
  known?: ReadonlyMap<string, SchemaStatement> | undefined;
  signal: AbortSignal;
}

/** Cuts a dump's text, UTF-8 in pieces, into classified statements that a target of `targetVersion` can take, as it comes. */
export async function readDump(
  pieces: AsyncIterable<Uint8Array>,
  { facts, targetVersion, known, signal }: ReadDumpOptions,
): Promise<ReadDump> {
  const statements: SchemaStatement[] = [];
  const names = new SharedNames();
  const splitter = new StatementSplitter();
  let head = "";
  let isMuch = false;
  const read = async (found: readonly string[]) => {
    for (const sql of found) {
      const filtered = filterStatement(await classify(sql), targetVersion, facts.major);
      if (!filtered) continue;
      const { statement, following } = await localNotNulls(filtered, targetVersion);
      for (const one of [statement, ...(await Promise.all(following.map(classify)))])
        statements.push(known?.get(one.sql) ?? names.share(one));
    }
  };
  for await (const piece of decodeDump(pieces)) {
    signal.throwIfAborted();
    if (statements.length === 0) head += piece;
    await read(splitter.push(piece));
    if (isMuch || statements.length < MANY_OBJECTS) continue;
    isMuch = true;
    // Of what came before the dump, as soon as it is seen to be a large one.
    collectGarbage(statements.length);
  }
  await read(splitter.end());
  const version = /^-- Dumped by pg_dump version (\S+)/m.exec(head)?.[1] ?? null;
  if (leavesCreateOut(version) && targetVersion < PUBLIC_CLOSED_SINCE) {
    const first = statements.findIndex(({ kind }) => kind !== "setting");
    statements.splice(first === -1 ? statements.length : first, 0, CLOSE_PUBLIC);
  }
  return { statements, version };
}

/** The major in whose new databases not everybody may create in schema public. */
const PUBLIC_CLOSED_SINCE = 15;

/** A pg_dump that new says of schema public only what is otherwise than it is since then, whatever the servers are. */
function leavesCreateOut(version: string | null): boolean {
  return Number.parseInt(version ?? "0", 10) >= PUBLIC_CLOSED_SINCE;
}

/** Where everybody may on the source, a grant follows. */
const CLOSE_PUBLIC: SchemaStatement = {
  sql: 'REVOKE CREATE ON SCHEMA "public" FROM PUBLIC',
  kind: "grant",
  object: "public",
  table: null,
  roles: [],
};

/** The grammar is loaded only when a statement needs it. */
async function classify(sql: string): Promise<SchemaStatement> {
  const quick = tryClassify(sql);
  if (quick) return quick;
  await loadClassifier();
  return classifyByGrammar(sql);
}
