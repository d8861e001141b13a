import { expect, it } from "vitest";
import type { AzureAllowances } from "@/lib/migrations/azure-contract";
import { offersOf, refusalOf } from "./offers";

const NOTHING: AzureAllowances = { changes: [], notAllowed: [], isPendingRestart: false };
const EXTENSIONS = {
  name: "azure.extensions",
  value: "hstore,pg_trgm",
  added: ["pg_trgm"],
  needsRestart: false,
} as const;
const LIBRARIES = {
  name: "shared_preload_libraries",
  value: "pg_cron,wal2json",
  added: ["wal2json"],
  needsRestart: true,
} as const;
const needs = { extensions: ["hstore", "pg_trgm"], libraries: ["pg_cron", "wal2json"] };

it("offers what is missing, and a restart only for what needs one", () => {
  expect(offersOf(NOTHING, needs, "tgt")).toEqual([]);
  const plan = {
    ...NOTHING,
    changes: [EXTENSIONS, LIBRARIES].map((one) => ({ ...one, added: [...one.added] })),
  };
  const offers = offersOf(plan, needs, "tgt");
  expect(offers.map(({ parameter, restart, question }) => [parameter, restart, question])).toEqual([
    ["azure.extensions", false, "Add pg_trgm to azure.extensions of tgt?"],
    ["shared_preload_libraries", true, "Add wal2json to shared_preload_libraries and restart tgt?"],
  ]);
  expect(offers[1]?.consequences.map(({ text }) => text)).toContain("Every session on the server ends");
});

it("offers the restart that an earlier change waits for", () => {
  const [offer] = offersOf({ ...NOTHING, isPendingRestart: true }, needs, "tgt");
  expect(offer).toMatchObject({ restart: true, question: "Restart tgt?", add: ["pg_cron", "wal2json"] });
});

it("names what Azure does not offer", () => {
  expect(refusalOf(NOTHING, "tgt")).toBeNull();
  const notAllowed = [{ name: "azure.extensions" as const, member: "plr" }];
  expect(refusalOf({ ...NOTHING, notAllowed }, "tgt")).toMatch(/^Azure does not offer plr on tgt/);
});
