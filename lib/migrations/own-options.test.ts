import { expect, test } from "vitest";
import { migrationCreateBody } from "./contract";

const secretParameters = { adminCredentials: { sourceServerPassword: "a", targetServerPassword: "b" } };

/** Where a body with these options is refused. */
function refusedAt(howdah: object): string[] {
  const body = { properties: { dbsToMigrate: ["shop"], secretParameters, howdah } };
  const { error } = migrationCreateBody.safeParse(body);
  return error?.issues.map(({ path }) => path.join(".")) ?? [];
}

test.each([
  ["tuneTarget", true],
  ["verifyAtEnd", true],
  ["vacuum", true],
  ["jobs", 2],
  ["copyFormat", "text"],
  ["throttle", { megabytesPerSecond: 5 }],
  ["online", { onDivergence: "continue" }],
  ["databases", [{ name: "shop", targetName: "shop2" }]],
  ["databases", [{ name: "shop", exclude: { tables: ["public.log"] } }]],
])("%s is refused where Azure's service runs the migration, and taken where Howdah does", (key, value) => {
  expect(refusedAt({ runBy: "azure", [key]: value })).toEqual([`properties.howdah.${key}`]);
  expect(refusedAt({ runBy: "howdah", [key]: value })).toEqual([]);
  expect(refusedAt({ [key]: value })).toEqual([]);
});

test("what says no more than leaving it out is taken", () => {
  expect(
    refusedAt({
      runBy: "azure",
      tuneTarget: false,
      verifyAtEnd: false,
      throttle: { megabytesPerSecond: null, connections: null },
      databases: [{ name: "shop", targetName: "shop", include: {}, exclude: { tables: [] } }],
    }),
  ).toEqual([]);
});

test("the message names the option and the way out", () => {
  const howdah = { runBy: "azure", tuneTarget: true };
  const { error } = migrationCreateBody.safeParse({ properties: { secretParameters, howdah } });
  expect(error?.issues[0]?.message).toMatch(
    /does not know tuning the target.*howdah\.tuneTarget.*runBy "howdah"/,
  );
});
