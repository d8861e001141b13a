import { beforeAll, expect, test } from "vitest";
import { loadGrammar } from "./grammar";
import { twoStepConstraint } from "./two-step-constraint";

beforeAll(loadGrammar);

test("takes primary keys and unique constraints in two steps", () => {
  const sql = `ALTER TABLE ONLY "app"."t" ADD CONSTRAINT "k""; drop" PRIMARY KEY ("a", "B") INCLUDE ("c") WITH ("fillfactor"='70') DEFERRABLE INITIALLY DEFERRED`;
  expect(twoStepConstraint(sql)).toEqual([
    `CREATE UNIQUE INDEX "k""; drop" ON "app"."t" USING btree ("a", "B") INCLUDE ("c") WITH ("fillfactor"='70')`,
    `ALTER TABLE ONLY "app"."t" ADD CONSTRAINT "k""; drop" PRIMARY KEY USING INDEX "k""; drop" DEFERRABLE INITIALLY DEFERRED`,
  ]);
  const unique = twoStepConstraint("ALTER TABLE ONLY app.t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a)");
  expect(unique?.[0]).toContain(`("a") NULLS NOT DISTINCT`);
  expect(unique?.[1]).toContain("UNIQUE USING INDEX");
});

test("reads the words of pg_dump without the grammar as with it", () => {
  const sql = `ALTER TABLE ONLY "app"."a""b"\n    ADD CONSTRAINT "k, 1" UNIQUE ("x", "y""z")`;
  const steps = twoStepConstraint(sql);
  expect(steps).toEqual([
    `CREATE UNIQUE INDEX "k, 1" ON "app"."a""b" USING btree ("x", "y""z")`,
    `ALTER TABLE ONLY "app"."a""b" ADD CONSTRAINT "k, 1" UNIQUE USING INDEX "k, 1"`,
  ]);
  expect(steps).toEqual(twoStepConstraint(`${sql} /* not as pg_dump writes it */`));
});

test("leaves temporal keys whole: they are exclusion constraints inside", () => {
  const sql = "ALTER TABLE ONLY app.t ADD CONSTRAINT k PRIMARY KEY (a, during WITHOUT OVERLAPS)";
  expect(twoStepConstraint(sql)).toBeNull();
  expect(twoStepConstraint("CREATE INDEX i ON app.t (a)")).toBeNull();
});
