import { describe, expect, it } from "vitest";
import type { FollowedDatabase } from "@/lib/migrations/read-model";
import {
  cutoverResultFixture,
  databaseProgressFixture,
  followedDatabaseFixture,
} from "@/lib/migrations/testing/read-models";
import { cutoverChecks } from "./cutover-checks";
import { cutoverConsequences, cutoverLabel, rehearsedText } from "./cutover-consequences";

const NOW = Date.parse("2026-11-21T14:31:20Z");
const shop = followedDatabaseFixture();
const crm = followedDatabaseFixture({ name: "crm" });
const migration = {
  databaseProgress: [
    databaseProgressFixture({ name: "shop", tablesCompleted: 200 }),
    databaseProgressFixture({ name: "crm", tablesCompleted: 14 }),
  ],
  targetName: "pg-flex",
  verifyAtEnd: false,
};
const stop = (reason: FollowedDatabase["stopped"][number]["reason"]) => ({
  schema: "public",
  name: "t",
  reason,
});

/** [result, text, detail] of each check. */
function read(chosen: FollowedDatabase[], over: Partial<typeof migration> = {}) {
  const checks = cutoverChecks({ ...migration, ...over }, chosen, NOW);
  return Object.fromEntries(checks.map(({ key, result, text, detail }) => [key, [result, text, detail]]));
}

describe("cutoverChecks", () => {
  it("pass when the target has caught up", () => {
    const checks = read([shop, crm]);
    expect(Object.values(checks).map(([result]) => result)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    expect(checks["lag"]?.[2]).toBe("Caught up, limit 5 s");
    expect(checks["tables"]?.[2]).toBe("214 of 214 tables");
  });

  it("name the database that lags", () => {
    const late = { ...crm, lagMs: 7_300 };
    expect(read([shop, late])["lag"]).toEqual([
      "warn",
      "Lag is above the limit: the downtime grows by it",
      "crm, 7.3 s, limit 5 s",
    ]);
    expect(read([shop])["lag"]?.[0]).toBe("ok");
  });

  it("see that nothing is applied: no reader, or no figures for long", () => {
    const idle = { ...crm, slot: crm.slot && { ...crm.slot, isActive: false } };
    expect(read([shop, idle])["apply"]).toEqual([
      "warn",
      "Changes are not being applied at present",
      "1 of 2 databases",
    ]);
    expect(read([{ ...shop, at: "2026-11-21T14:30:00Z" }])["apply"]?.[0]).toBe("warn");
  });

  it("count failed tables of the chosen databases only", () => {
    const failed = [
      databaseProgressFixture({ name: "shop", tablesCompleted: 198, tablesErrored: 2 }),
      databaseProgressFixture({ name: "crm", tablesCompleted: 14 }),
    ];
    expect(read([shop, crm], { databaseProgress: failed })["tables"]).toEqual([
      "bad",
      "2 tables failed to copy",
      "212 of 214 tables",
    ]);
    expect(read([crm], { databaseProgress: failed })["tables"]?.[0]).toBe("ok");
  });

  it("tell tables whose changes are lost from those that are copied again", () => {
    expect(read([{ ...shop, stopped: [stop("no-identity")] }])["followed"]?.[0]).toBe("warn");
    const lost = read([{ ...shop, stopped: [stop("dropped"), stop("no-identity")] }])["followed"];
    expect(lost).toEqual(["bad", "Changes of 1 table are missing on the target", "public.t"]);
    const altered = read([{ ...shop, stopped: [stop("columns-changed"), stop("no-identity")] }])["followed"];
    expect(altered?.slice(0, 2)).toEqual([
      "bad",
      "1 altered table paused: copied again only if altered on the target, too",
    ]);
  });

  it("count divergences", () => {
    expect(read([{ ...shop, divergences: 3 }])["divergences"]).toEqual([
      "bad",
      "Changes found another row on the target",
      "3 divergences",
    ]);
  });
});

describe("cutoverLabel", () => {
  it("says how many, in spite of what, and how far behind", () => {
    expect(cutoverLabel([shop, crm], false)).toBe("Cut over 2 databases");
    expect(cutoverLabel([shop], true)).toBe("Cut over 1 database anyway");
    expect(cutoverLabel([shop, { ...crm, lagMs: 1_240 }], false)).toBe("Cut over 2 databases, 1.2 s behind");
  });
});

describe("cutoverConsequences", () => {
  const texts = (chosen: FollowedDatabase[], verifyAtEnd = false) =>
    cutoverConsequences({ ...migration, verifyAtEnd }, chosen).map(({ text }) => text);

  it("go through the cutover in its order", () => {
    const late = { ...crm, lagMs: 1_200, lagBytes: 384e3, stopped: [stop("no-identity")] };
    expect(texts([shop, late], true)).toEqual([
      "Apply the remaining 384 kB",
      "Copy 1 table again",
      "Set sequences, refresh materialized views, switch on triggers and rules",
      "Remove slots and publications from the source",
      "Compare every row of both sides",
      "Applications go on with pg-flex: what is written to the source later is not copied",
    ]);
    expect(texts([shop])).toHaveLength(4);
  });

  it("repeat what a rehearsal has shown", () => {
    expect(rehearsedText([shop])).toBeNull();
    expect(rehearsedText([{ ...shop, rehearsal: cutoverResultFixture() }])).toBe("Rehearsed: about 2.4 s.");
  });
});
