import type { SchemaStatement, StatementKind } from "./statement";

/** A part of pre-data, to be finished before the next one begins. */
export interface RestoreStage {
  /**
   * `settings`: for every session. `ordered`: in one session, in this order. `independent`: over several sessions in
   * chunks; what fails because another chunk is not that far yet succeeds when it is run again afterwards.
   */
  mode: "settings" | "ordered" | "independent";
  statements: SchemaStatement[];
}

/** Kinds that make or complete one table or sequence and change nothing else. */
const INDEPENDENT: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "table",
  "sequence",
  "column-default",
  "owner",
  "comment",
]);

/** Fewer are restored sooner than a session is opened. */
const MIN_INDEPENDENT = 100;

/** Statements of one session at a time: a few round trips, and an even end. */
const CHUNK = 100;

/**
 * Cuts pre-data into stages. Functions, types and views stay in order: a function made before its type would bring a shell
 * type into being. So do inheritance children: what they take over depends on how far their parent is.
 */
export function planStages(statements: readonly SchemaStatement[]): RestoreStage[] {
  const runs = joined(statements.map((statement) => ({ mode: modeOf(statement), statements: [statement] })));
  return joined(
    runs.map((run) =>
      run.mode === "independent" && run.statements.length < MIN_INDEPENDENT
        ? { ...run, mode: "ordered" }
        : run,
    ),
  );
}

/** Neighbours of the same mode become one stage. */
function joined(stages: readonly RestoreStage[]): RestoreStage[] {
  const result: RestoreStage[] = [];
  for (const { mode, statements } of stages) {
    const last = result.at(-1);
    if (last?.mode === mode) last.statements.push(...statements);
    else result.push({ mode, statements: [...statements] });
  }
  return result;
}

function modeOf({ kind, sql }: SchemaStatement): RestoreStage["mode"] {
  if (kind === "setting") return "settings";
  if (!INDEPENDENT.has(kind) || (kind === "table" && /\bINHERITS?\b/.test(sql))) return "ordered";
  return "independent";
}

/** Chunks in dump order. One begins with a statement that creates something, so that what completes it stays with it. */
export function chunksOf(statements: readonly SchemaStatement[]): SchemaStatement[][] {
  const chunks: SchemaStatement[][] = [];
  let chunk: SchemaStatement[] = [];
  for (const statement of statements) {
    if (chunk.length >= CHUNK && (/^create table\b/i.test(statement.sql) || chunk.length >= 2 * CHUNK)) {
      chunks.push(chunk);
      chunk = [];
    }
    chunk.push(statement);
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
