import { beforeAll, expect, test } from "vitest";
import { classifyStatement, loadClassifier } from "../schema/classify-statement";
import { planRestore } from "../schema/restore-plan";
import { splitStatements } from "../schema/split-statements";
import { postpone } from "./plan-follow";

beforeAll(loadClassifier);

const ROLES = {
  login: "postgres",
  existing: new Set(["postgres"]),
  assignable: new Set(["postgres"]),
  inherited: new Set(["postgres"]),
  superuser: true,
};

test("what would act on applied changes waits for the cutover, and what is said of it too", () => {
  const waiting = [
    `CREATE TRIGGER "tr" AFTER INSERT ON "app"."t" FOR EACH ROW EXECUTE FUNCTION "app"."f"()`,
    `COMMENT ON TRIGGER "tr" ON "app"."t" IS 'x'`,
    `CREATE PUBLICATION "pub" FOR TABLE ONLY "app"."t"`,
    `ALTER PUBLICATION "pub" OWNER TO "postgres"`,
    `SECURITY LABEL FOR "my ""mask" ON PUBLICATION "pub" IS 'x'`,
    `SECURITY LABEL FOR mask ON EVENT TRIGGER "guard" IS 'x'`,
  ];
  const harmless = [
    `SECURITY LABEL FOR mask ON TABLE "app"."publication" IS 'x'`,
    `COMMENT ON TABLE "app"."t" IS 'x'`,
  ];
  const postData = splitStatements(`${[...waiting, ...harmless].join(";\n")};`).map(classifyStatement);
  const dumped = { preData: [], postData, tool: "", warnings: [], failures: [] };
  const { now, deferred } = postpone(planRestore(dumped), ROLES);
  const texts = (statements: typeof now) => statements.map(({ sql }) => sql).sort();
  expect(texts(now)).toEqual([...harmless].sort());
  expect(texts(deferred)).toEqual([...waiting].sort());
});
