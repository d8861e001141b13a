import { describe, expect, it } from "vitest";
import { isAllowedHost, isSameOrigin } from "./host-check";

describe("isAllowedHost", () => {
  it.each([
    ["localhost:3000", true],
    ["LOCALHOST", true],
    ["127.0.0.1:3000", true],
    ["127.8.9.1", true],
    ["[::1]:3000", true],
    ["howdah.localhost:80", true],
    ["migrate.example.com", true],
    ["migrate.example.com:443", true],
    ["evil.example.com", false],
    ["localhost.evil.com", false],
    ["127.0.0.1.evil.com", false],
    ["migrate.example.com.evil.com", false],
    ["10.0.0.1", false],
    ["localhost:3000@evil.com", false],
    ["", false],
    [null, false],
  ])("%j: %j", (host, allowed) => {
    expect(isAllowedHost(host, ["migrate.example.com"])).toBe(allowed);
  });
});

describe("isSameOrigin", () => {
  it.each([
    ["http://localhost:3000", "localhost:3000", true],
    ["https://migrate.example.com", "127.0.0.1:3000", true],
    ["http://localhost:3001", "localhost:3000", false],
    ["http://127.0.0.1:3000", "localhost:3000", false],
    ["https://evil.com", "localhost:3000", false],
    ["null", "localhost:3000", false],
    ["file:///localhost:3000", "localhost:3000", false],
    [null, "localhost:3000", false],
  ])("%j to %j: %j", (origin, host, same) => {
    expect(isSameOrigin(origin, host, ["migrate.example.com"])).toBe(same);
  });
});
