import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StatementSplitter, splitStatements } from "./split-statements";

describe("splitStatements", () => {
  test.each<[string, string]>([
    ["a plain string", `select 'a;b''c;d'`],
    ["a string that ends in a backslash", `select 'a\\', ';'`],
    ["an escape string", `select E'a\\';b\\\\', e'it''s;'`],
    ["a word that ends in e before a string", `select date'2024-01-01;', type'\\'`],
    ["a unicode string", `select U&'d\\0061t;', B'01', X'1F', N';'`],
    ["a quoted name", `create table "a""b; drop" ("from; --" text, "/*" text)`],
    ["a dollar quote", `create function f() returns text as $$ select ';' || '$' || "x"; $$ language sql`],
    ["a tagged dollar quote with another in it", `create function f() as $_$ begin $$;$$; $x$;$x$ end $_$`],
    ["a tag of other letters", `select $größe_1$ ; $größe_2$ ; $größe_1$`],
    ["a name with dollars", `select a$b$c, d$$e; `.slice(0, -2)],
    ["a parameter", `prepare p as select $1, $2`],
    [
      "a decoy of pg_dump's own comments",
      `create function f() as $$\n--\n-- Name: x; Type: TABLE\n--\n;\n$$`,
    ],
    ["nested comments", `select 1 /* ; /* ; */ ; */ + 2 -- ; '\n + 3`],
    ["a comment end in a string", `select '*/' /* '; */`],
    ["a rule of several commands", `create rule r as on insert to t do (select 1; select (2); notify x)`],
    [
      "an SQL-standard body",
      `CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END;\n SELECT ";"; END`,
    ],
    [
      "a procedure with nested blocks",
      `CREATE PROCEDURE p(IN "begin" int) BEGIN ATOMIC SELECT CASE x WHEN 1 THEN CASE WHEN true THEN 2 END END; SELECT 1; END`,
    ],
    ["begin outside a routine", `create table begin ("end" int)`],
  ])("keeps %s together", (_, sql) => {
    expect(splitStatements(`select 0;\n${sql};\nselect 9;\n`)).toEqual(["select 0", sql, "select 9"]);
  });

  test("drops comments between statements, not within", () => {
    const text = "--\n-- Name: t; Type: TABLE\n--\n\n/* x; */ select 1 -- keep\n;\n\n-- end\n";
    expect(splitStatements(text)).toEqual(["select 1 -- keep"]);
  });

  test("leaves psql's guard lines out, at the top level only", () => {
    const body = "create function f() as $$\n\\restrict me\n$$";
    const text = `\\restrict abc\n\nselect 1;\n${body};\n\\unrestrict abc\n`;
    expect(splitStatements(text)).toEqual(["select 1", body]);
  });

  test.each(["", "  \n", ";;", "-- only\n"])("finds nothing in %j", (text) => {
    expect(splitStatements(text)).toEqual([]);
  });

  test("takes a last statement without its semicolon, and one that never closes its quote", () => {
    expect(splitStatements("select 1; select 2")).toEqual(["select 1", "select 2"]);
    expect(splitStatements("select 'open; select 2;")).toEqual(["select 'open; select 2;"]);
  });

  test("does not mind carriage returns or a body of a megabyte", () => {
    const body = `create function f() as $$${"x;'\"\n".repeat(250_000)}$$`;
    expect(splitStatements(`select 1;\r\n${body};\r\n`)).toEqual(["select 1", body]);
  });

  test("finds back any statements made of hostile strings and names", () => {
    const piece = fc
      .array(fc.constantFrom("'", '"', ";", "$$", "$a$", "\\", "--", "/*", "*/", "\n", "(", "x", "E"))
      .map((one) => one.join(""));
    const statement = fc
      .record({ text: piece, name: piece })
      .map(
        ({ text, name }) =>
          `select '${text.replaceAll("'", "''")}' as "n${name.replaceAll('"', '""')}", E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
      );
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), (statements) => {
        expect(splitStatements(`${statements.join(";\n")};`)).toEqual(statements);
      }),
    );
  });

  test("finds the same wherever a text is cut into pieces", () => {
    const text = `\\restrict x\n--\n-- one; two\n--\nselect E'a\\';b', "c;""d" /* ; /* ; */ */;\r\n
      create function f() begin atomic select case 1 when 1 then 2 end; end;;
      create function g() as $a$ ; $$ ; $a$; select 1 -- ;\n ; \\unrestrict x\n select 2`;
    const whole = splitStatements(text);
    expect(whole).toHaveLength(5);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 40 }), (cuts) => {
        const splitter = new StatementSplitter();
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
        expect([...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]).toEqual(whole);
      }),
    );
  });
});
