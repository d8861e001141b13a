import fc from "fast-check";
import { expect, it } from "vitest";
import { serverName } from "@/lib/migrations/server-contract";
import { suggestServerName } from "./server-name";

it.each([
  ["pg-flex-prod.postgres.database.azure.com", "pg-flex-prod"],
  ["db_main.internal", "db-main"],
  ["10.0.0.7", "server-10-0-0-7"],
  ["::1", "server-1"],
  ["", ""],
  ["a", ""],
])("%j becomes %j", (host, name) => {
  expect(suggestServerName(host, [])).toBe(name);
});

it("avoids names that are taken, whatever their case", () => {
  expect(suggestServerName("db1.internal", ["DB1", "db1-2"])).toBe("db1-3");
});

it("suggests only what the rule allows", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.array(fc.string()), (host, taken) => {
      const name = suggestServerName(host, taken);
      return name === "" || serverName.safeParse(name).success;
    }),
  );
});
