import { expect, test } from "vitest";
import { classifyByGrammar, loadClassifier } from "./classify-statement";
import { localNotNulls } from "./local-not-nulls";

/** As pg_dump 18 writes it of any server. */
const dumped = (...elements: string[]) =>
  `CREATE TABLE "é"."child" (\n    ${elements.join(",\n    ")}\n)\nINHERITS ("é"."parent")`;

test.each([
  ["the only element", dumped('NOT NULL "a"'), dumped("").replace("    \n", ""), ["a"]],
  ["the last", dumped('"ö" text', 'NOT NULL "a"'), dumped('"ö" text'), ["a"]],
  [
    "two in the middle",
    dumped('"ö" text', 'NOT NULL "a"', 'NOT NULL "b""b"', "CHECK (1 > 0)"),
    dumped('"ö" text', "CHECK (1 > 0)"),
    ["a", 'b""b'],
  ],
  [
    "text that looks like one",
    dumped(`"t" text DEFAULT '\n    NOT NULL "a",\n'`, 'NOT NULL "a"'),
    dumped(`"t" text DEFAULT '\n    NOT NULL "a",\n'`),
    ["a"],
  ],
  ["a column's own", dumped('"a" text NOT NULL'), dumped('"a" text NOT NULL'), []],
])("of a child's not-null constraints: %s", async (_name, sql, expected, columns) => {
  await loadClassifier();
  const statement = classifyByGrammar(sql);
  const before18 = await localNotNulls(statement, 17);
  expect(before18.statement).toEqual({ ...statement, sql: expected });
  expect(before18.following).toEqual(
    columns.map((column) => `ALTER TABLE ONLY "é"."child" ALTER COLUMN "${column}" SET NOT NULL`),
  );
  expect(await localNotNulls(statement, 18)).toEqual({ statement, following: [] });
});
