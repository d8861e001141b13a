import type { FidelitySchema } from "../fidelity/fidelity-schema";
import { Chance } from "./chance";
import { type ColumnType, randomType } from "./column-types";
import { type RandomTable, randomTable } from "./random-table";

const ROLES = ["random_owner", "random_reader"] as const;

/** A schema that combines kinds of objects as the seed has it; the same on every call for a major. */
export function randomSchema(seed: number): FidelitySchema {
  return { name: `random ${seed}`, roles: ROLES, steps: (major) => steps(new Chance(seed), major) };
}

function steps(chance: Chance, major: number): string[] {
  const result: string[] = [];
  const tables: RandomTable[] = [];
  for (let count = chance.between(1, 3); count > 0; count--) {
    const schema = chance.name();
    result.push(`create schema ${schema}${chance.maybe(30, " authorization random_owner")}`);
    const func = `${schema}.${chance.name()}`;
    result.push(
      `create function ${func}(integer) returns integer language ${chance.pick(["sql immutable as 'select $1 + 1'", "plpgsql immutable strict as $x$ begin return $1 + 1; end $x$"])}`,
    );
    const types: ColumnType[] = [];
    for (let n = chance.between(0, 4); n > 0; n--) {
      const { sql, made } = randomType(chance, schema);
      result.push(sql);
      types.push(made);
    }
    if (chance.percent(50)) result.push(...sequence(chance, schema));
    const own = Array.from({ length: chance.between(1, 5) }, () =>
      randomTable({ chance, major, schema, types, func }),
    );
    result.push(...own.flatMap((table) => [...table.create, ...table.fill]));
    result.push(...own.flatMap((table) => table.finish));
    for (const table of own) result.push(...around(chance, schema, table, func));
    result.push(...views(chance, schema, own));
    tables.push(...own);
  }
  // Heirs come last: columns that a parent gets later are in another place in what was copied, and that is told.
  const heirs = tables.filter(({ kind }) => kind === "plain").filter(() => chance.percent(20));
  return [
    ...result,
    ...foreignKeys(chance, major, tables),
    ...database(chance, major, tables),
    ...heirs.flatMap((table) => heir(chance, table)),
  ];
}

function sequence(chance: Chance, schema: string): string[] {
  const name = `${schema}.${chance.name()}`;
  const type = chance.pick(["smallint", "integer", "bigint"]);
  const create = `create sequence ${name} as ${type} increment ${chance.pick([1, 10, -3])} ${chance.maybe(30, "cycle ")}cache ${chance.between(1, 20)}`;
  return [create, ...chance.some([`select nextval('${name.replaceAll("'", "''")}')`])];
}

/** What hangs on one table. */
function around(chance: Chance, schema: string, table: RandomTable, func: string): string[] {
  const { name, key, columns, kind } = table;
  const result: string[] = [];
  const index = (rest: string) =>
    result.push(`create index ${chance.maybe(70, chance.name())} on ${name} ${rest}`);
  if (chance.percent(50))
    index(`(${key} desc${chance.maybe(50, " nulls last")})${chance.maybe(40, ` where ${key} > 5`)}`);
  if (chance.percent(30)) index(`((${func}(${key}) + 1), ${key})`);
  if (chance.percent(20))
    index(
      `using ${chance.pick(["hash", "brin", "gist"])} (${key})`.replace(
        `gist (${key})`,
        `gist (int4range(${key}, null))`,
      ),
    );
  const json = columns.find(({ type, computed }) => type.sql === "jsonb" && !computed);
  if (json) index(`using gin (${json.name}${chance.maybe(50, " jsonb_path_ops")})`);
  const array = columns.find(({ type, computed }) => type.sql === "text[]" && !computed);
  if (array) index(`using gin (${array.name})`);
  if (columns.length > 2 && kind === "plain" && chance.percent(30)) {
    const [a, b] = columns.filter(({ type, computed, isVirtual }) => !isVirtual && (computed || type.sorts));
    if (a && b)
      result.push(`create statistics ${schema}.${chance.name()} on ${a.name}, ${b.name} from ${name}`);
  }
  result.push(
    ...chance.some(
      [
        `comment on table ${name} is 'it''s \\ a; comment -- /*'`,
        `comment on column ${name}.${key} is E'line\\nbreak'`,
        `grant select, insert on ${name} to random_reader with grant option`,
        `grant update (${key}) on ${name} to public`,
        `alter table ${name} enable row level security`,
        `create policy ${chance.name()} on ${name} ${chance.maybe(50, "as restrictive ")}to random_reader using (${key} > 1)`,
        `alter table ${name} owner to random_owner`,
      ],
      25,
    ),
  );
  if (kind !== "partitioned")
    result.push(
      ...chance.some(
        [
          `alter table ${name} replica identity full`,
          `create rule ${chance.name()} as on update to ${name} where old.${key} = -1 do instead nothing`,
        ],
        15,
      ),
    );
  if (chance.percent(25)) result.push(...trigger(chance, schema, name, kind));
  return result;
}

function trigger(chance: Chance, schema: string, table: string, kind: RandomTable["kind"]): string[] {
  const [func, name] = [`${schema}.${chance.name()}`, chance.name()];
  const result = [
    `create function ${func}() returns trigger language plpgsql as $$ begin return new; end $$`,
    `create trigger ${name} after insert on ${table} for each row execute function ${func}('arg', 'it''s')`,
  ];
  if (kind !== "partitioned" && chance.percent(50))
    result.push(
      `alter table ${table} ${chance.pick(["disable", "enable always", "enable replica"])} trigger ${name}`,
    );
  return result;
}

function heir(chance: Chance, { name, schema, key }: RandomTable): string[] {
  const child = `${schema}.${chance.name()}`;
  return [
    `create table ${child} (${chance.name()} text default 'x') inherits (${name})`,
    `comment on column ${child}.${key} is 'inherited'`,
  ];
}

function views(chance: Chance, schema: string, tables: readonly RandomTable[]): string[] {
  const result: string[] = [];
  const sources = tables.map(({ name, key }) => ({ name, key }));
  for (let n = chance.between(0, 4); n > 0; n--) {
    const [name, key, source] = [`${schema}.${chance.name()}`, chance.name(), chance.pick(sources)];
    const select = chance.pick([
      `select ${source.key} as ${key} from ${source.name} where ${source.key} > 2`,
      `select max(${source.key}) as ${key}, count(*) as n from ${source.name}`,
      `select s.${source.key} as ${key}, s.${source.key} % 3 = 0 as odd from ${source.name} s`,
    ]);
    const isStored = chance.percent(40);
    const noData = isStored && chance.percent(25);
    result.push(
      `create ${isStored ? "materialized " : ""}view ${name} as ${select}${noData ? " with no data" : ""}`,
    );
    if (isStored && !noData && chance.percent(50)) result.push(`create index on ${name} (${key})`);
    if (chance.percent(30))
      result.push(`comment on ${isStored ? "materialized " : ""}view ${name} is 'a view'`);
    // One that stands on a view without rows could not be filled on the source either.
    if (!noData) sources.push({ name, key });
  }
  return result;
}

function foreignKeys(chance: Chance, major: number, tables: readonly RandomTable[]): string[] {
  const keyed = tables.filter(({ hasKey, kind }) => hasKey && kind !== "unlogged");
  return tables.flatMap((table) => {
    if (keyed.length === 0 || table.kind === "unlogged" || !chance.percent(35)) return [];
    const { name, key } = chance.pick(keyed);
    const column = chance.name();
    return [
      `alter table ${table.name} add column ${column} integer`,
      `update ${table.name} set ${column} = (select min(${key}) from ${name})`,
      `alter table ${table.name} add constraint ${chance.name()} foreign key (${column}) references ${name}${chance.maybe(40, " on delete set null")}${chance.maybe(30, " deferrable initially deferred")}${major >= 18 ? chance.maybe(20, " not enforced") : ""}`,
    ];
  });
}

function database(chance: Chance, major: number, tables: readonly RandomTable[]): string[] {
  const plain = tables.filter(({ kind }) => kind === "plain");
  const [first] = plain;
  const result = chance.some(
    [
      "select lo_from_bytea(9001, decode(repeat('ab', 100000), 'hex')), lo_from_bytea(9002, '')",
      "alter default privileges for role random_owner grant select on tables to random_reader",
      `do $$ begin execute format('alter database %I set work_mem = ''7MB''', current_database()); end $$`,
      `do $$ begin execute format('grant create on database %I to random_reader', current_database()); end $$`,
    ],
    50,
  );
  if (first && chance.percent(40)) {
    const filter = major >= 15 ? chance.maybe(50, ` where (${first.key} > 3)`) : "";
    result.push(
      `alter table ${first.name} replica identity full`,
      `create publication ${chance.name()} for table only ${first.name}${filter}`,
    );
  }
  return result;
}
