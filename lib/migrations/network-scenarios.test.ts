import { describe, expect, it } from "vitest";
import { clientAddressIn, networkAdvice, networkPrerequisite, reachOf } from "./network-scenarios";
import { SOURCE_TYPES } from "./vocabulary";

it.each([
  ["localhost", "this-machine"],
  ["[::1]", "this-machine"],
  ["10.4.0.9", "private"],
  ["172.31.0.1", "private"],
  ["172.32.0.1", "public"],
  ["100.64.1.1", "private"],
  ["100.128.1.1", "public"],
  ["fd12::1", "private"],
  ["::ffff:192.168.0.4", "private"],
  ["2001:db8::1", "public"],
  ["db1", "private"],
  ["db.corp", "private"],
  ["db.example.com", "name"],
  ["orders.private.postgres.database.azure.com", "private-endpoint"],
  ["vpce-0a1.rds.eu-west-1.vpce.amazonaws.com", "private-endpoint"],
])("%s is %s", (host, reach) => {
  expect(reachOf({ host })).toBe(reach);
});

it("believes what a name stands for", () => {
  expect(reachOf({ host: "db.example.com", addresses: ["10.0.0.3"] })).toBe("private");
  expect(reachOf({ host: "db.corp", addresses: ["52.1.2.3"] })).toBe("public");
});

it("finds Howdah's address in a server's refusal", () => {
  const refusal =
    'no pg_hba.conf entry for host "10.1.2.3", user "mover", database "postgres", no encryption';
  expect(clientAddressIn(refusal)).toBe("10.1.2.3");
  expect(clientAddressIn('pg_hba.conf rejects connection for host "fd00::7", user "m"')).toBe("fd00::7");
  expect(clientAddressIn("connection refused")).toBeNull();
});

describe("advice", () => {
  const source = { host: "10.0.0.5", port: 5433, user: "o d", type: "OnPremises" } as const;

  it("has the line of pg_hba.conf for this client and this login", () => {
    const { title, steps } = networkAdvice({
      source: { ...source, clientAddress: "10.0.0.99" },
      target: null,
    });
    expect(title).toBe("Source in a private network");
    expect(steps.map(({ code }) => code)).toContain('hostssl all "o d" 10.0.0.99/32 scram-sha-256');
    expect(steps.map(({ text }) => text)).toContain(
      "Allow 10.0.0.99 on port 5433 in every firewall on the way.",
    );
  });

  it("puts Howdah into the private network when one end is public", () => {
    const target = { host: "t.postgres.database.azure.com", port: 5432, user: "a" };
    const advice = networkAdvice({ source, target: { ...target, addresses: ["20.1.2.3"] } });
    expect(advice.title).toBe("Source in a private network, target with a public address");
    expect(advice.steps[0]?.text).toContain("inside the private network");
    expect(advice.steps.at(-1)?.text).toContain("firewall rule on the server's Networking page");
  });

  it("speaks of DNS and of no firewall rule for a private endpoint", () => {
    const target = { host: "t.privatelink.postgres.database.azure.com", port: 5432, user: "a" };
    const { steps } = networkAdvice({ source, target });
    expect(steps[0]?.text).toContain("both private networks");
    expect(steps[1]?.text).toContain("private DNS zone");
    expect(steps.at(-1)?.text).toContain("network security group");
  });

  it("knows a way for every type of source, and pg_hba.conf only where there is one", () => {
    for (const type of SOURCE_TYPES) {
      const { steps } = networkAdvice({
        source: { host: "198.51.100.7", port: 5432, user: "m", type },
        target: null,
      });
      const hasFile = steps.some(({ code }) => code !== undefined);
      expect(
        steps.some(({ side }) => side === "source"),
        type,
      ).toBe(true);
      expect(networkPrerequisite(type).code !== undefined, type).toBe(hasFile);
    }
  });

  it("opens nothing for a server on this machine", () => {
    const here = { host: "127.0.0.1", port: 5432, user: "m" };
    const { steps } = networkAdvice({ source: { ...here, type: "OnPremises" }, target: here });
    expect(steps.map(({ side }) => side)).toEqual(["howdah"]);
  });
});
