import type { Chance } from "./chance";
import { BUILT_IN, builtIn, type ColumnType } from "./column-types";

export interface RandomColumn {
  name: string;
  type: ColumnType;
  /** Takes no values of ours. */
  computed: boolean;
  /** Computed when it is read: no statistics can be made on it. */
  isVirtual: boolean;
  notNull: boolean;
}

export interface RandomTable {
  /** Quoted and qualified. */
  name: string;
  /** Quoted. */
  schema: string;
  columns: RandomColumn[];
  kind: "plain" | "unlogged" | "partitioned";
  /** Key column of type integer whose values are 1 to `rows`; every table has it. */
  key: string;
  hasKey: boolean;
  rows: number;
  create: string[];
  fill: string[];
  /** Constraints, after the rows. */
  finish: string[];
}

interface Setting {
  chance: Chance;
  major: number;
  schema: string;
  types: readonly ColumnType[];
  /** A function of the schema: immutable, integer to integer. */
  func: string;
}

/** A table with rows; partitioned ones are partitioned by their key. */
export function randomTable(setting: Setting): RandomTable {
  const { chance, schema } = setting;
  const name = `${schema}.${chance.name()}`;
  const key = chance.name();
  const columns = [
    { name: key, type: BUILT_IN[0] as ColumnType, computed: false, isVirtual: false, notNull: true },
    ...Array.from({ length: chance.between(0, 8) }, () => randomColumn(setting)),
  ];
  const kind = chance.percent(20) ? "partitioned" : chance.percent(10) ? "unlogged" : "plain";
  const rows = chance.between(0, 60);
  const table: RandomTable = {
    name,
    schema,
    columns,
    kind,
    key,
    hasKey: false,
    rows,
    create: [],
    fill: [],
    finish: [],
  };
  const definitions = columns.map((column) => columnDefinition(setting, column, key, kind));
  const by = kind === "partitioned" ? ` partition by ${chance.pick(["range", "list", "hash"])} (${key})` : "";
  const options =
    kind === "partitioned"
      ? ""
      : chance.maybe(25, ` with (fillfactor = ${chance.between(20, 100)}, autovacuum_enabled = off)`);
  table.create.push(
    `create ${kind === "unlogged" ? "unlogged " : ""}table ${name} (${definitions.join(", ")})${by}${options}`,
    ...(by === "" ? [] : partitionsOf(setting, table, by)),
  );
  changeColumns(setting, table);
  fill(setting, table);
  constrain(setting, table);
  return table;
}

function randomColumn({ chance, major, types }: Setting): RandomColumn {
  const type = chance.percent(30) && types.length > 0 ? chance.pick(types) : chance.pick(builtIn(major));
  return {
    name: chance.name(),
    type,
    computed: chance.percent(12),
    isVirtual: false,
    notNull: chance.percent(20),
  };
}

function columnDefinition(
  setting: Setting,
  column: RandomColumn,
  key: string,
  kind: RandomTable["kind"],
): string {
  const { chance } = setting;
  const { name, type, computed } = column;
  if (computed) {
    const generated = generation(setting, key, kind);
    column.isVirtual = generated.endsWith("virtual");
    return `${name} integer generated ${generated}`;
  }
  const collate = type.sql === "text" ? chance.maybe(30, ' collate "C"') : "";
  const fallback = name !== key && chance.percent(25) ? ` default ${type.value.replace(/\bi\b/g, "7")}` : "";
  return `${name} ${type.sql}${collate}${notNull(setting, column, key, kind)}${fallback}`;
}

/** Of a column that takes no values of ours. */
function generation({ chance, major, func }: Setting, key: string, kind: RandomTable["kind"]): string {
  const ways = [`always as (${key} * 2) stored`, `always as (${func}(${key})) stored`];
  // Partitioned tables have such columns since 17.
  if (kind !== "partitioned" || major >= 17)
    ways.push(
      `${chance.pick(["always", "by default"])} as identity (start ${chance.between(1, 9)} increment ${chance.pick([1, 7])})`,
    );
  if (major >= 18) ways.push(`always as (${key} * 3) virtual`);
  return chance.pick(ways);
}

/** Since 18 a constraint like others, with a name. */
function notNull(
  { chance, major }: Setting,
  column: RandomColumn,
  key: string,
  kind: RandomTable["kind"],
): string {
  if (!column.notNull) return "";
  const isNamed = major >= 18 && chance.percent(50);
  if (!isNamed) return " not null";
  const isOwn = column.name !== key && kind !== "partitioned" && chance.percent(20);
  return ` constraint ${chance.name()} not null${isOwn ? " no inherit" : ""}`;
}

function partitionsOf({ chance, schema }: Setting, table: RandomTable, by: string): string[] {
  const part = (bounds: string) =>
    `create table ${schema}.${chance.name()} partition of ${table.name} ${bounds}`;
  if (by.includes("hash")) return [0, 1, 2].map((n) => part(`for values with (modulus 3, remainder ${n})`));
  if (by.includes("list")) {
    const values = Array.from({ length: 20 }, (_, n) => n + 1);
    const sub = ` partition by hash (${table.key})`;
    const nested = part("default");
    if (chance.percent(50)) return [part(`for values in (${values.join(", ")})`), nested];
    const inner = nested.replace(/^create table /, "").replace(/ partition of [\s\S]*$/, "");
    return [
      part(`for values in (${values.join(", ")}, null)`),
      nested + sub,
      `create table ${schema}.${chance.name()} partition of ${inner} for values with (modulus 1, remainder 0)`,
    ];
  }
  return [part("for values from (minvalue) to (20)"), part("for values from (20) to (40)"), part("default")];
}

/** Gaps in the numbering, and values that are in no row. */
function changeColumns({ chance, major }: Setting, { name, create, columns, kind }: RandomTable): void {
  if (chance.percent(25)) {
    const gone = chance.name();
    create.push(`alter table ${name} add column ${gone} integer`, `alter table ${name} drop column ${gone}`);
  }
  if (chance.percent(25)) {
    const added = {
      name: chance.name(),
      type: BUILT_IN[4] as ColumnType,
      computed: false,
      isVirtual: false,
      notNull: false,
    };
    create.push(`alter table ${name} add column ${added.name} text default 'added later'`);
    columns.push(added);
  }
  const text = columns.find(({ type, computed }) => type.sql === "text" && !computed);
  if (text && chance.percent(40))
    create.push(
      `alter table ${name} alter column ${text.name} set storage ${chance.pick(["plain", "main", "external"])}`,
    );
  if (text && major >= 14 && chance.percent(20))
    create.push(`alter table ${name} alter column ${text.name} set compression pglz`);
  if (chance.percent(20))
    create.push(
      `alter table ${name} alter column ${columns[0]?.name} set statistics ${chance.between(0, 1000)}`,
    );
  if (chance.percent(15) && kind !== "partitioned")
    create.push(`alter table ${name} alter column ${columns[0]?.name} set (n_distinct = -0.5)`);
}

function fill({ chance }: Setting, { name, columns, rows, fill, kind }: RandomTable): void {
  const filled = columns.filter(({ computed }, index) => index === 0 || (!computed && chance.percent(90)));
  const needed = columns.filter((one) => one.notNull && !one.computed && !filled.includes(one));
  const all = [...filled, ...needed];
  const values = all.map(({ type, notNull }) =>
    notNull || !chance.percent(20) ? type.value : `case when i % 3 = 0 then null else ${type.value} end`,
  );
  const targets = all.map((column) => column.name).join(", ");
  fill.push(
    `insert into ${name} (${targets}) select ${values.join(", ")} from generate_series(1, ${rows}) i`,
  );
  if (kind === "plain" && chance.percent(20))
    fill.push(`delete from ${name} where ${columns[0]?.name} % 7 = 3`);
}

function constrain({ chance, major, func }: Setting, table: RandomTable): void {
  const { name, key, columns, kind, finish } = table;
  const later = chance.maybe(30, chance.pick([" deferrable", " deferrable initially deferred"]));
  const named = () => `alter table ${name} add constraint ${chance.name()}`;
  if (chance.percent(70)) {
    finish.push(`${named()} primary key (${key})`);
    table.hasKey = true;
  }
  const others = columns.filter(
    ({ computed, type }) => !computed && type.sorts && !type.sql.includes('"char"'),
  );
  const other = chance.pick(others);
  const including = other.name === key ? "" : chance.maybe(40, ` include (${other.name})`);
  const alike = major >= 15 ? chance.maybe(40, " nulls not distinct") : "";
  if (chance.percent(40))
    finish.push(`${named()} unique${alike} (${key})${including}${kind === "partitioned" ? "" : later}`);
  if (chance.percent(40))
    finish.push(
      `${named()} check (${key} > 0 and ${func}(${key}) is not null)${chance.maybe(30, major >= 18 ? chance.pick([" not valid", " not enforced"]) : " not valid")}`,
    );
  if (chance.percent(20) && kind !== "partitioned")
    finish.push(`${named()} check (${key} < 1000) no inherit`);
  if (chance.percent(15) && kind === "plain")
    finish.push(
      `${named()} exclude using gist (int4range(${key}, ${key} + 1) with &&)${chance.maybe(50, ` where (${key} > 3)`)}`,
    );
}
