import { setImmediate as nextTurn } from "node:timers/promises";
import { collectGarbage } from "../collect-garbage";
import { classifyByGrammar, loadClassifier, tryClassify } from "./classify-statement";
import type { SourceFacts } from "./inspect-source";
import { filterStatement } from "./post-filters";
import { SharedNames } from "./shared-names";
import { splitStatements } from "./split-statements";
import type { SchemaStatement } from "./statement";

/** Characters of a statement of a dump, at a rough mean. */
const STATEMENT_LENGTH = 150;
/** Statements between two turns of the event loop; one takes about 30 µs. */
const TURN = 500;

/** Cuts a dump's text into classified statements that a target of `targetVersion` can take. */
export async function readDump(
  text: string,
  facts: Partial<Pick<SourceFacts, "major">>,
  targetVersion: number,
  signal: AbortSignal,
): Promise<SchemaStatement[]> {
  // The pieces of the text, and whatever came before.
  collectGarbage(text.length / STATEMENT_LENGTH);
  const statements: SchemaStatement[] = [];
  const names = new SharedNames();
  for (const [index, sql] of splitStatements(text).entries()) {
    if (index % TURN === 0) {
      await nextTurn();
      signal.throwIfAborted();
    }
    const statement = filterStatement(await classify(sql), targetVersion, facts.major);
    if (statement) statements.push(names.share(statement));
  }
  if (leavesCreateOut(text) && targetVersion < PUBLIC_CLOSED_SINCE) {
    const head = statements.findIndex(({ kind }) => kind !== "setting");
    statements.splice(head === -1 ? statements.length : head, 0, CLOSE_PUBLIC);
  }
  return statements;
}

/** The major in whose new databases not everybody may create in schema public. */
const PUBLIC_CLOSED_SINCE = 15;

/** A pg_dump that new says of schema public only what is otherwise than it is since then, whatever the servers are. */
function leavesCreateOut(text: string): boolean {
  const [, major = "0"] = /^-- Dumped by pg_dump version (\d+)/m.exec(text) ?? [];
  return Number(major) >= PUBLIC_CLOSED_SINCE;
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
