import { expect, it } from "vitest";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { availabilityAmong, availabilityFrom } from "./name-availability";

const migrations = [{ name: "Nightly-01", targetName: "pg-target" }] as MigrationSummary[];

it("compares names without regard to case, as ARM does", () => {
  expect(availabilityAmong("nightly-01", migrations)).toMatchObject({ state: "elsewhere" });
  expect(availabilityAmong("nightly-02", migrations)).toMatchObject({ state: "available" });
});

it("names the target on which a name is used", () => {
  expect(availabilityAmong("nightly-01", migrations)).toMatchObject({
    message: expect.stringContaining("pg-target"),
  });
});

it("shows the server's reason, or its own when there is none", () => {
  expect(availabilityFrom({ nameAvailable: false, message: "In use." }, "a", "t")).toEqual({
    state: "taken",
    message: "In use.",
  });
  expect(availabilityFrom({ nameAvailable: false, message: null }, "a", "t")).toMatchObject({
    message: expect.stringContaining("t already has a migration called a"),
  });
});
