import type { Chance } from "./chance";

/** A type a column can have, and an expression of `i` (1, 2, ...) that makes values of it. */
export interface ColumnType {
  sql: string;
  value: string;
  /** Can be compared by btree, so that it can be a key. */
  sorts: boolean;
  /** Values differ for each i. */
  distinct: boolean;
}

function type(sql: string, value: string, flags: "key" | "sorts" | "" = "sorts"): ColumnType {
  return { sql, value, sorts: flags !== "", distinct: flags === "key" };
}

export const BUILT_IN: readonly ColumnType[] = [
  type("integer", "i", "key"),
  type("bigint", "i * 10000000000", "key"),
  type("numeric(12,3)", "i / 7.0", "key"),
  type("numeric", "case i % 5 when 0 then 'NaN' else i * 1e20 end"),
  type("text", "'text ' || i || repeat('\\ \"''', i % 3)", "key"),
  type("uuid", "md5(i::text)::uuid", "key"),
  type("date", "date '2024-01-01' + i", "key"),
  type("timestamptz", "timestamptz '2024-01-01 00:00+00' + i * interval '1.000001 hours'", "key"),
  type("smallint", "i % 100"),
  type("varchar(20)", "left(md5(i::text), 1 + i % 20)"),
  type("char(5)", "chr(97 + i % 26)"),
  type("boolean", "i % 2 = 0"),
  type("timestamp(3)", "timestamp 'infinity'"),
  type("time", "time '00:00' + i * interval '1 second'"),
  type("interval", "make_interval(months => i, secs => i / 3.0)"),
  type("real", "i / 3.0"),
  type("double precision", "case i % 7 when 0 then '-Infinity' when 1 then 'NaN' else sin(i) end"),
  type("bytea", "decode(repeat('00ff5c', i % 40), 'hex')"),
  type("inet", "('10.0.0.' || i % 250)::inet"),
  type("money", "(i / 4.0)::numeric::money"),
  type("jsonb", "jsonb_build_object('i', i, 'n', null, 'x', repeat('j', i % 50))"),
  type("json", "('{\"a\":  ' || i || ', \"a\": 2}')::json", ""),
  type("xml", "('<a>' || i || '</a>')::xml", ""),
  type("point", "point(i, i / 2.0)", ""),
  type("int4range", "int4range(i, i + 2)"),
  type("tstzrange", "tstzrange(timestamptz '2024-01-01 00:00+00', timestamptz '2024-01-02 00:00+00')"),
  type("bit(4)", "(i % 16)::bit(4)"),
  type("tsvector", "to_tsvector('simple', 'word' || i)"),
  type("text[]", "array['a', null, '', 'x,\"' || i]"),
  type("integer[]", "array[[i, 1], [2, null]]"),
  type('"char"', "'c'"),
  type("oid", "i::oid"),
];

const SINCE_14: readonly ColumnType[] = [
  type("int4multirange", "int4multirange(int4range(i, i + 2), int4range(i + 5, i + 6))"),
];

/** Types that a major has by itself. */
export function builtIn(major: number): readonly ColumnType[] {
  return major >= 14 ? [...BUILT_IN, ...SINCE_14] : BUILT_IN;
}

/** Statements that make a user's type, and the type. */
export function randomType(chance: Chance, schema: string): { sql: string; made: ColumnType } {
  const name = `${schema}.${chance.name()}`;
  const base = chance.pick(BUILT_IN);
  switch (chance.between(0, 4)) {
    case 0: {
      const sql = `create type ${name} as enum ('one', 'Two', 'th''ree', '')`;
      return { sql, made: type(name, `(array['one', 'Two', 'th''ree', ''])[1 + i % 4]::${name}`) };
    }
    case 1: {
      const fallback = chance.maybe(30, ` default ${base.value.replace(/\bi\b/g, "3")}`);
      const check = chance.maybe(
        60,
        ` constraint ${chance.name()} check (value is null or value::text <> 'never')`,
      );
      return { sql: `create domain ${name} as ${base.sql}${fallback}${check}`, made: { ...base, sql: name } };
    }
    case 2: {
      const other = chance.pick(BUILT_IN);
      const sql = `create type ${name} as (a ${base.sql}, ${chance.name()} ${other.sql})`;
      return { sql, made: type(name, `row(${base.value}, null)::${name}`, "") };
    }
    case 3: {
      const sql = `create type ${name} as range (subtype = ${chance.pick(['text, collation = "C"', "float8, subtype_diff = float8mi", "bigint"])})`;
      return { sql, made: type(name, `'empty'::${name}`) };
    }
    default: {
      const sql = `create type ${name} as (a ${base.sql})`;
      return { sql, made: type(`${name}[]`, `array[row(null)::${name}, null]`, "") };
    }
  }
}
