import { describe, expect, it } from "vitest";
import { demandAllowedHost, isAddressAllowed, networkPolicy } from "./network-policy";

describe("network policy", () => {
  const inside = networkPolicy("10.0.0.0/8, fd00::/8 192.0.2.7", "10.9.0.0/16");

  it.each([
    ["10.1.2.3", true],
    ["192.0.2.7", true],
    ["192.0.2.8", false],
    ["10.9.2.3", false],
    ["::ffff:10.1.2.3", true],
    ["::ffff:10.9.2.3", false],
    ["fd00::1", true],
    ["fd00:ec2::254", false],
    ["2001:db8::1", false],
    ["127.0.0.1", false],
  ])("allow list, %s: %j", (address, allowed) => {
    expect(isAddressAllowed(address, inside)).toBe(allowed);
  });

  const open = networkPolicy("", "127.0.0.0/8 ::1");
  it.each([
    ["203.0.113.9", true],
    ["127.0.0.1", false],
    ["0.0.0.0", false],
    ["::", false],
    ["0:0:0:0:0:0:0:0", false],
    ["::ffff:0.0.0.0", false],
    ["::ffff:7f00:1", false],
    ["169.254.169.254", false],
    ["::ffff:a9fe:a9fe", false],
    ["fe80::1", false],
  ])("deny list, %s: %j", (address, allowed) => {
    expect(isAddressAllowed(address, open)).toBe(allowed);
  });

  it.each([["10.0.0.0/33"], ["example.com"], ["10.0.0.0/x"], ["::/129"]])(
    "refuses to start with %s",
    (range) => {
      expect(() => networkPolicy(range, "")).toThrow(/HOWDAH_ALLOWED_NETWORKS/);
    },
  );
});

describe("demandAllowedHost", () => {
  const policy = networkPolicy("", "127.0.0.0/8 ::1");

  it("looks behind names, whatever they are spelled like", async () => {
    for (const host of ["localhost", "127.0.0.1", "[::1]", "127.1"]) {
      await expect(demandAllowedHost(host, "host", policy), host).rejects.toMatchObject({
        status: 400,
        code: "ADDRESS_NOT_ALLOWED",
        options: { target: "host" },
      });
    }
  });

  it("leaves names that do not resolve to the connection test", async () => {
    await expect(demandAllowedHost("no-such-host.invalid", "host", policy)).resolves.toBeUndefined();
  });
});
