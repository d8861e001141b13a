import { describe, expect, it } from "vitest";
import { type DatabaseFilterBody, databaseFilterSchema } from "@/lib/migrations/filter";
import { flattenTree, foundTables, schemaKey, tableKey } from "./flatten-tree";
import { ObjectStates } from "./object-states";
import { OBJECTS } from "./objects.fixture";
import { tickIndex, tickRows, tickSchema, tickTables } from "./tick-objects";

function table(schema: string, name: string) {
  const relation = OBJECTS.schemas
    .find((one) => one.name === schema)
    ?.relations.find((one) => one.name === name);
  if (!relation) throw new Error(`no table ${name}`);
  return { schema, relation };
}

function ticked(filter: DatabaseFilterBody, schema: string, name: string) {
  return new ObjectStates(OBJECTS, filter).tableTicked(schema, table(schema, name).relation);
}

const states = (filter: DatabaseFilterBody) => new ObjectStates(OBJECTS, filter);

describe("ticking objects", () => {
  it("writes the exact pattern of an unticked table and takes it back", () => {
    const out = tickTables({}, OBJECTS, [table("Odd.Schema", 'with"quote'), table("app", "Orders")], false);
    expect(out).toEqual({ exclude: { tables: ['"Odd.Schema"."with""quote"', "app.Orders"] } });
    expect(databaseFilterSchema.safeParse(out).success).toBe(true);
    expect([ticked(out, "Odd.Schema", 'with"quote'), ticked(out, "Odd.Schema", "plain")]).toEqual([
      false,
      true,
    ]);
    expect(states(out).schemaTicked("Odd.Schema")).toBe("mixed");
    expect(
      tickTables(out, OBJECTS, [table("app", "Orders"), table("Odd.Schema", 'with"quote')], true),
    ).toEqual({});
  });

  it("a schema left out covers its tables; ticking one of them leaves out the others by name", () => {
    const some = tickTables({}, OBJECTS, [table("Odd.Schema", "plain")], false);
    const out = tickSchema(some, OBJECTS, "Odd.Schema", false);
    expect(out).toEqual({ exclude: { schemas: ['"Odd.Schema"'] } });
    expect(states(out).schemaTicked("Odd.Schema")).toBe(false);
    const one = tickTables(out, OBJECTS, [table("Odd.Schema", "plain")], true);
    expect(one).toEqual({ exclude: { tables: ['"Odd.Schema"."with""quote"'] } });
    expect(tickSchema(one, OBJECTS, "Odd.Schema", true)).toEqual({});
    expect(states(tickSchema({}, OBJECTS, "empty", false)).schemaTicked("empty")).toBe(false);
  });

  it("structure only and single indexes make a table mixed; ticking it makes it whole", () => {
    const customers = table("app", "customers");
    const empty = tickRows({}, OBJECTS, states({}), customers, false);
    expect(empty).toEqual({ exclude: { tableData: ["app.customers"] } });
    const both = tickIndex(empty, customers, "by.name", false);
    expect(both.exclude?.indexes).toEqual(['app."by.name"']);
    expect(ticked(both, "app", "customers")).toBe("mixed");
    expect(states(both).index("app", customers.relation, "customers_pkey").moves).toBe(true);
    expect(tickTables(both, OBJECTS, [customers], true)).toEqual({});
    const out = tickTables({}, OBJECTS, [customers], false);
    expect(tickRows(out, OBJECTS, states(out), customers, true)).toEqual({});
  });

  it("says when a pattern or a partitioned table holds the tick", () => {
    const wild = states({ exclude: { tables: ["*.log_*", "app.sales"] } });
    expect(wild.table("app", table("app", "log_1").relation)).toMatchObject({
      moves: false,
      locked: "by the pattern *.log_*",
    });
    expect(wild.table("app", table("app", "sales_1").relation)).toMatchObject({
      moves: false,
      locked: "goes with sales",
    });
    expect(wild.table("app", table("app", "sales").relation).locked).toBeNull();
    const empty = states({ exclude: { tableData: ["app.sales"] } });
    expect(empty.table("app", table("app", "sales_1").relation)).toMatchObject({
      moves: true,
      hasRows: false,
    });
  });

  it("adds to what is included where only some is", () => {
    const some = { include: { tables: ["app.customers"] } };
    expect([ticked(some, "app", "customers"), ticked(some, "app", "log_1")]).toEqual([true, false]);
    const more = tickTables(some, OBJECTS, [table("app", "log_1")], true);
    expect(more).toEqual({ include: { tables: ["app.customers", "app.log_1"] } });
    expect(tickSchema(some, OBJECTS, "Odd.Schema", true).include?.schemas).toEqual(['"Odd.Schema"']);
    expect(
      states({ include: { tables: ["app.sales"] } }).table("app", table("app", "sales_1").relation).moves,
    ).toBe(true);
  });

  it("counts what moves", () => {
    const filter = { exclude: { tables: ["app.log_*"], tableData: ["app.customers"] } };
    expect(states(filter).totals()).toEqual({ tables: 8, tablesMoving: 6, bytes: 7000, bytesMoving: 4000 });
  });
});

describe("the tree's lines", () => {
  it("shows what is open", () => {
    const closed = flattenTree(OBJECTS, new Set(), "");
    expect(closed.map(({ schema, expanded }) => [schema, expanded])).toEqual([
      ["app", false],
      ["Odd.Schema", false],
      ["empty", null],
    ]);
    const open = flattenTree(OBJECTS, new Set([schemaKey("app"), tableKey("app", "customers")]), "");
    expect(
      open.slice(0, 6).map(({ kind, level, position, siblings }) => [kind, level, position, siblings]),
    ).toEqual([
      ["schema", 1, 1, 3],
      ["table", 2, 1, 7],
      ["rows", 3, 1, 3],
      ["index", 3, 2, 3],
      ["index", 3, 3, 3],
      ["table", 2, 2, 7],
    ]);
  });

  it("finds tables by their name, with the schema's, and by their indexes", () => {
    const names = (search: string) => foundTables(OBJECTS, search).map(({ relation }) => relation.name);
    expect(names("LOG_")).toEqual(["log_1", "log_2"]);
    expect(names("by.name")).toEqual(["customers"]);
    expect(names("odd.schema.p")).toEqual(["plain"]);
    expect(flattenTree(OBJECTS, new Set(), "log_").map(({ kind }) => kind)).toEqual([
      "schema",
      "table",
      "table",
    ]);
  });
});
