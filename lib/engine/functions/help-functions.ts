import type pg from "pg";
import { displayIdent, displayName, ident, literal, qualified } from "@/lib/postgres/sql";
import type { Report } from "../events";
import type { DumpedSchema, SchemaStatement } from "../schema/statement";
import { type CalledFunction, readCalledFunctions } from "./called-functions";
import { type LateCheck, readLateChecks } from "./late-checks";
import { setPath } from "./search-path";

/** What functions need that the servers call during a move. */
export interface FunctionHelp {
  functions: readonly CalledFunction[];
  checks: readonly LateCheck[];
}

/** Asks the source, over a session with an empty search_path. Throws what it reports. */
export async function readFunctionHelp(source: pg.Client): Promise<FunctionHelp> {
  const called = await readCalledFunctions(source);
  const checks = await readLateChecks(source, [...new Set(called.flatMap(({ lateChecks }) => lateChecks))]);
  return { functions: called.filter(({ path }) => path !== null), checks };
}

/**
 * The schema with statements that let functions work while it is restored. Sessions of a move have an empty search_path, and from
 * version 17 on a server has one itself whenever it builds an index or fills a materialised view (release-17.html): functions get the one
 * they have on the source for as long as the move takes. Checks that read other tables wait until those have their rows.
 */
export function withFunctionHelp(
  dumped: DumpedSchema,
  { functions, checks }: FunctionHelp,
  report: Report,
): DumpedSchema {
  const made = new Set(dumped.preData.flatMap(({ kind, object }) => (CREATED.has(kind) ? [object] : [])));
  const helped = functions.filter(({ object }) => made.has(object));
  const waiting = checks.filter((check) => made.has(ownerOf(check)));
  if (helped.length + waiting.length === 0) return dumped;
  describe(helped, waiting, report);
  const head = dumped.postData.findIndex(({ kind }) => kind !== "setting");
  const at = head < 0 ? dumped.postData.length : head;
  const late = [...waiting.toReversed().flatMap(addCheck), ...helped.map(takePathBack)];
  return {
    ...dumped,
    preData: [...dumped.preData, ...helped.map(lendPath), ...waiting.map(dropCheck)],
    postData: [...dumped.postData.slice(0, at), ...late, ...dumped.postData.slice(at)],
  };
}

function describe(functions: readonly CalledFunction[], checks: readonly LateCheck[], report: Report): void {
  if (functions.length > 0)
    report({
      type: "note",
      message:
        "Functions that find what they mention by search_path have the source's on the target until the end.",
      data: { functions: functions.map(({ object }) => object) },
    });
  if (checks.length > 0)
    report({
      type: "note",
      message: "Checks that read other tables are made when those have their rows.",
      data: { checks: checks.map(nameOfCheck) },
    });
}

const CREATED: ReadonlySet<string> = new Set(["function", "table", "type"]);

function lendPath(one: CalledFunction): SchemaStatement {
  return { ...about(one), sql: setPathStatement(one) };
}

/** Gives the function what it needs of its caller, without a semicolon. */
export function setPathStatement(one: CalledFunction): string {
  return `alter function ${nameOf(one)} ${setPath(one.path ?? [])}`;
}

function takePathBack(one: CalledFunction): SchemaStatement {
  return { ...about(one), sql: `alter function ${nameOf(one)} reset search_path`, late: true };
}

function nameOf({ schema, name, identityArguments }: CalledFunction): string {
  return `${qualified(schema, name)}(${identityArguments})`;
}

function about({ object }: CalledFunction): Omit<SchemaStatement, "sql"> {
  return { kind: "function", object, table: null, roles: [] };
}

function dropCheck(check: LateCheck): SchemaStatement {
  return {
    sql: `alter ${alteredBy(check)} drop constraint if exists ${ident(check.name)}`,
    kind: "other",
    object: ownerOf(check),
    table: check.table,
    roles: [],
  };
}

function addCheck(check: LateCheck): SchemaStatement[] {
  const name = ident(check.name);
  const common = { table: check.table, roles: [], late: true };
  const object = nameOfCheck(check);
  const add = `alter ${alteredBy(check)} add constraint ${name} ${check.definition}`;
  const { comment } = check;
  if (comment === null) return [{ ...common, sql: add, kind: "check", object }];
  const on = check.table ? qualifiedOwner(check) : `domain ${qualifiedOwner(check)}`;
  const remark = `comment on constraint ${name} on ${on} is ${literal(comment)}`;
  return [
    { ...common, sql: add, kind: "check", object },
    { ...common, sql: remark, kind: "comment", object },
  ];
}

function nameOfCheck(check: LateCheck): string {
  return `${displayIdent(check.name)} on ${ownerOf(check)}`;
}

function alteredBy(check: LateCheck): string {
  return `${check.table ? "table" : "domain"} ${qualifiedOwner(check)}`;
}

function qualifiedOwner({ table, domain }: LateCheck): string {
  const { schema, name } = table ?? domain ?? { schema: "", name: "" };
  return qualified(schema, name);
}

/** As in SchemaStatement. */
function ownerOf({ table, domain }: LateCheck): string {
  const { schema, name } = table ?? domain ?? { schema: "", name: "" };
  return displayName(schema, name);
}
