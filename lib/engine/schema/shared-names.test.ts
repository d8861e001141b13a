import { expect, test } from "vitest";
import { classifyStatement, loadClassifier } from "./classify-statement";
import { SharedNames } from "./shared-names";

test("statements about one table share its name and roles, and say what they said", async () => {
  await loadClassifier();
  const texts = [
    'CREATE TABLE "a"."b" (\n    "id" integer\n)',
    'ALTER TABLE "a"."b" OWNER TO "app"',
    'ALTER TABLE "a"."c" OWNER TO "app"',
  ];
  const names = new SharedNames();
  const [made, owned, other] = texts.map((sql) => names.share(classifyStatement(sql)));
  expect([made, owned, other]).toEqual(texts.map((sql) => classifyStatement(sql)));
  expect(owned?.table).toBe(made?.table);
  expect(other?.roles).toBe(owned?.roles);
  expect(other?.table).not.toBe(made?.table);
});
