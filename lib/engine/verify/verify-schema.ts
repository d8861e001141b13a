import { createHash, createHmac, randomBytes } from "node:crypto";
import { toCodedError } from "@/lib/postgres/errors";
import { displayIdent } from "@/lib/postgres/sql";
import { collectGarbage } from "../collect-garbage";
import { dumpSchema } from "../schema/dump-schema";
import { choosePgDump, findPgDumps } from "../schema/find-pg-dump";
import { hideSecrets } from "../schema/hide-secrets";
import type { DumpedSchema, SchemaStatement } from "../schema/statement";
import { canonicalStatement, haveSameColumns, type Meaning, meaningOf } from "./canonical-statement";
import { inFamilies } from "./operator-members";
import { type CanonicalStatement, diffSchemas, type SchemaDiff } from "./schema-diff";
import { type Selection, selectStatements } from "./select-statements";
import type { VerifiedItem, VerifiedResult } from "./verify-events";
import { resultOf, type VerifyRun } from "./verify-run";
import type { VerifySide } from "./verify-side";

export const SCHEMA: VerifiedItem = { kind: "schema", schema: "", name: "schema" };

/** Takes out of a dump what was not to be moved. */
export type SchemaFilter = (dumped: DumpedSchema) => Promise<DumpedSchema>;

/** Compares the schemas as one pg_dump prints both, and reports the item with a side-by-side view of what differs. */
export async function verifySchema(run: VerifyRun, filter: SchemaFilter): Promise<VerifiedResult> {
  const startedAt = performance.now();
  run.report({ type: "item-started", item: SCHEMA });
  const result = await compare(run, filter, startedAt).catch((error: unknown) => {
    run.signal.throwIfAborted();
    const { message } = toCodedError(error, "SCHEMA_DUMP_FAILED");
    return resultOf(SCHEMA, "unchecked", `The schema could not be compared: ${message}`, startedAt);
  });
  run.report({ type: "item-ended", result });
  return result;
}

async function compare(run: VerifyRun, filter: SchemaFilter, startedAt: number): Promise<VerifiedResult> {
  const tool = await chooseTool(run);
  // One after the other: what the second has in common with the first is not held twice.
  const source = await filter(await dump(run, run.source, tool));
  const known = new Map(statementsOf(source).map((statement) => [statement.sql, statement]));
  const target = await filter(await dump(run, run.target, tool, known));
  const [sourceRoles, targetRoles] = await Promise.all([readRoles(run.source), readRoles(run.target)]);
  const [ours, theirs] = [source, target].map(statementsOf).map(inFamilies);
  const selected = selectStatements(ours ?? [], theirs ?? [], sourceRoles, targetRoles);
  const canonical = withoutSecrets(canonicalStatement(run.source.major, run.target.major));
  const diff = diffOf(selected, canonical);
  const ignored =
    selected.ignoredRoles.length === 0
      ? null
      : `Owners and privileges were not compared for roles the target does not have: ${selected.ignoredRoles.map(displayIdent).join(", ")}.`;
  if (ignored !== null) run.report({ type: "note", message: ignored });
  const leftOut = [...source.failures, ...target.failures].map(({ object }) => object);
  if (diff.lines.length > 0) run.report({ type: "schema-differs", lines: diff.lines });
  const figures = { differences: diff.differences, differencesLimited: diff.limited };
  if (diff.differences > 0) {
    const count = `${diff.differences.toLocaleString("en")} ${diff.differences === 1 ? "statement differs" : "statements differ"}.`;
    return resultOf(SCHEMA, "different", [count, ignored].filter(Boolean).join(" "), startedAt, figures);
  }
  if (leftOut.length > 0) {
    const message = `What could be read is the same; these may not be read by the login: ${[...new Set(leftOut)].join(", ")}.`;
    return resultOf(SCHEMA, "unchecked", message, startedAt);
  }
  return resultOf(SCHEMA, "equal", null, startedAt);
}

/** In place of a secret stands what tells equal ones from others within this comparison, and from which none can be found. */
function withoutSecrets(canonical: (statement: SchemaStatement) => string): typeof canonical {
  const key = randomBytes(32);
  const mark = (value: string) => createHmac("sha256", key).update(value).digest("hex").slice(0, 8);
  return (statement) => hideSecrets(canonical(statement), (value) => `hidden ${mark(value)}`);
}

/** Texts, labels and groups of many statements take more memory than digests, so they are formed only where something differs. */
function diffOf(
  { source, target }: Selection,
  canonical: (statement: SchemaStatement) => string,
): SchemaDiff {
  const digest = (statement: SchemaStatement) => digestOf(canonical(statement));
  const reworded = withoutCommon(source, target, ({ sql }) => sql);
  const [ours, theirs] = withoutCommon(...reworded, digest);
  const known = pairByMeaning(ours, theirs, canonical);
  if (ours.length === known.size && theirs.length === known.size)
    return { differences: 0, lines: [], limited: false };
  const withLabel = (statement: SchemaStatement) => labelled(statement, canonical);
  return diffSchemas(
    source.map(withLabel),
    target.map((statement) => withLabel(known.get(statement) ?? statement)),
  );
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** What is left of two lists when each statement of one has taken one of the same key out of the other. */
function withoutCommon(
  source: readonly SchemaStatement[],
  target: readonly SchemaStatement[],
  keyOf: (statement: SchemaStatement) => string,
): [SchemaStatement[], SchemaStatement[]] {
  const counts = new Map<string, number>();
  for (const statement of source) {
    const key = keyOf(statement);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const take = (statement: SchemaStatement) => {
    const key = keyOf(statement);
    const left = counts.get(key) ?? 0;
    if (left > 0) counts.set(key, left - 1);
    return left > 0;
  };
  const theirs = target.filter((statement) => !take(statement));
  // What the target has not taken.
  const ours = source.filter(take);
  return [ours, theirs];
}

/** The target's statements that mean the same as one of the source, each with that one. */
function pairByMeaning(
  source: readonly SchemaStatement[],
  target: readonly SchemaStatement[],
  canonical: (statement: SchemaStatement) => string,
): ReadonlyMap<SchemaStatement, SchemaStatement> {
  const meaning = (statement: SchemaStatement) => meaningOf({ ...statement, sql: canonical(statement) });
  const byStructure = new Map<string, { statement: SchemaStatement; columns: Meaning["columns"] }[]>();
  for (const statement of source) {
    const meant = meaning(statement);
    if (meant === null) continue;
    const key = digestOf(meant.structure);
    const alike = byStructure.get(key) ?? [];
    alike.push({ statement, columns: meant.columns });
    byStructure.set(key, alike);
  }
  const pairs = new Map<SchemaStatement, SchemaStatement>();
  for (const statement of target) {
    const meant = meaning(statement);
    if (meant === null) continue;
    const alike = byStructure.get(digestOf(meant.structure)) ?? [];
    const at = alike.findIndex((one) => haveSameColumns(one.columns, meant.columns));
    const [found] = at === -1 ? [] : alike.splice(at, 1);
    if (found) pairs.set(statement, found.statement);
  }
  return pairs;
}

/** The same program for both sides: two versions would print the same schema differently. */
async function chooseTool(run: VerifyRun): Promise<"native" | "wasm"> {
  const newest = Math.max(run.source.major, run.target.major);
  const found = await findPgDumps(process.env, run.signal);
  const chosen = choosePgDump(found, newest);
  return chosen &&
    choosePgDump(found, run.source.major) === chosen &&
    choosePgDump(found, run.target.major) === chosen
    ? "native"
    : "wasm";
}

async function dump(
  run: VerifyRun,
  side: VerifySide,
  tool: "native" | "wasm",
  known: ReadonlyMap<string, SchemaStatement> = new Map(),
): Promise<DumpedSchema> {
  const targetVersion = Math.max(run.source.major, run.target.major);
  const { settings, snapshotId: snapshot } = side;
  const options = { settings, snapshot, tool, targetVersion, known, signal: run.signal };
  const dumped = await dumpSchema(options);
  // What it took to read them is of no use any more, and the next dump needs as much again.
  collectGarbage(dumped.preData.length + dumped.postData.length);
  return dumped;
}

function statementsOf({ preData, postData }: DumpedSchema): SchemaStatement[] {
  return [...preData, ...postData];
}

async function readRoles(side: VerifySide): Promise<ReadonlySet<string>> {
  return await side.read(async (client) => {
    const { rows } = await client.query<{ name: string }>("select rolname as name from pg_catalog.pg_roles");
    return new Set(rows.map(({ name }) => name));
  });
}

/** By table where there is one, so that a table's indexes, triggers and comments stand below it. */
function labelled(
  statement: SchemaStatement,
  canonical: (statement: SchemaStatement) => string,
): CanonicalStatement {
  const { kind, object, table } = statement;
  const group = table ? JSON.stringify([table.schema, table.name]) : object;
  const rank = kind === "schema" || kind === "extension" ? "0" : table ? "2" : "1";
  const creates = table && (kind === "table" || kind === "view" || kind === "materialized-view") ? "0" : "1";
  return { label: [rank, group, creates, kind, object].join("\u0001"), sql: canonical(statement) };
}
