import { expect, it } from "vitest";
import { isLoopback, isSameEndpoint } from "./same-endpoint";

it.each([
  ["db.example.com", "DB.example.com.", true],
  ["localhost", "127.0.0.1", true],
  ["[::1]", "127.1.1.1", true],
  ["db1", "db2", false],
])("%s and %s", (a, b, same) => {
  expect(isSameEndpoint({ host: a, port: 5432 }, { host: b, port: 5432 })).toBe(same);
  expect(isSameEndpoint({ host: a, port: 5432 }, { host: b, port: 5433 })).toBe(false);
});

it("knows which addresses cross no network", () => {
  expect(["localhost", "127.0.0.53", "[::1]", "/run/postgresql"].every(isLoopback)).toBe(true);
  expect(["10.0.0.1", "db.localhost.example", "::2"].some(isLoopback)).toBe(false);
});
