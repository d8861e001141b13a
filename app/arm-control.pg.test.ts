import { describe, expect, test, vi } from "vitest";
import { ArmApp, migrationPath, VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, patch } = app;

/** Creates a migration and puts it where a worker would have brought it. */
async function migrationIn(name: string, status: { state: string; substate: string; pausedAt?: Date }) {
  await create(name, { migrationOption: "Migrate" });
  const [row] = await store().migration.updateManyAndReturn({
    where: { name },
    data: { ...status, lastActiveSubstate: "MigratingData" },
  });
  if (!row) throw new Error(`${name} was not created`);
  return row;
}

const howdahOf = (answer: { body: Record<string, unknown> }) =>
  (answer.body["properties"] as { howdah: Record<string, unknown> } | undefined)?.howdah;

const passwords = {
  secretParameters: { adminCredentials: { sourceServerPassword: "one", targetServerPassword: "two" } },
};

describe("pause and limits", () => {
  test("a running migration is paused and resumed; repeating either changes nothing", async () => {
    const { id } = await migrationIn("running", { state: "InProgress", substate: "MigratingData" });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => patch("running", { howdah: { paused: true } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(howdahOf(answers[0] ?? { body: {} })).toMatchObject({ paused: true, attempt: 1 });
    const wishes = { migrationId: id, kind: { in: ["wish-received", "resumed"] } };
    expect(await store().migrationEvent.count({ where: wishes })).toBe(1);
    for (let repeat = 0; repeat < 2; repeat++) {
      const answer = await patch("running", { howdah: { paused: false } });
      expect([answer.status, howdahOf(answer)?.["paused"]]).toEqual([200, false]);
    }
    expect(await store().migrationEvent.count({ where: wishes })).toBe(2);
  });

  test("limits are set one by one, and taken away", async () => {
    await migrationIn("limited", { state: "InProgress", substate: "MigratingData" });
    const first = await patch("limited", { howdah: { throttle: { megabytesPerSecond: 2.5 } } });
    expect(howdahOf(first)?.["throttle"]).toEqual({ megabytesPerSecond: 2.5, connections: null });
    await patch("limited", { howdah: { throttle: { connections: 2 } } });
    await patch("limited", { howdah: { throttle: { megabytesPerSecond: null } } });
    const got = await send("GET", `${migrationPath("limited")}?${VERSION}`);
    expect(howdahOf(got)?.["throttle"]).toEqual({ megabytesPerSecond: null, connections: 2 });
    const wrong = await patch("limited", { howdah: { throttle: { connections: 0 } } });
    expect(wrong.status).toBe(400);
  });

  test("what cannot be paused says what is allowed instead", async () => {
    await migrationIn("done", { state: "Succeeded", substate: "Completed" });
    const answer = await patch("done", { howdah: { paused: true } });
    expect([answer.status, answer.body.error?.code]).toEqual([409, "ACTION_NOT_ALLOWED"]);
    expect(answer.body.error?.message).toContain("Allowed now: verify, remove the record.");
  });

  test("a pause and a cancel at once contradict each other", async () => {
    await migrationIn("undecided", { state: "InProgress", substate: "MigratingData" });
    const answer = await patch("undecided", { cancel: "True", howdah: { paused: true } });
    expect([answer.status, answer.body.error?.target]).toEqual([400, "properties.cancel"]);
  });
});

describe("retry", () => {
  test("needs both passwords", async () => {
    await migrationIn("forgetful", { state: "Failed", substate: "Completed" });
    const answer = await patch("forgetful", { howdah: { retry: "Failed" } });
    expect([answer.status, answer.body.error?.target]).toEqual([400, "properties.secretParameters"]);
    expect((await send("GET", `${migrationPath("forgetful")}?${VERSION}`)).body).toMatchObject({
      properties: { currentStatus: { state: "Failed" }, howdah: { attempt: 1 } },
    });
  });

  test("of twenty at once, one opens the migration again", async () => {
    const { id } = await migrationIn("failed", { state: "Failed", substate: "Completed" });
    await store().migration.update({ where: { id }, data: { error: "broken", errorCode: "INTERNAL" } });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => patch("failed", { howdah: { retry: "Failed" }, ...passwords })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    const got = await send("GET", `${migrationPath("failed")}?${VERSION}`);
    expect(got.body).toMatchObject({
      properties: { currentStatus: { state: "InProgress" }, howdah: { attempt: 2 } },
    });
    expect(JSON.stringify(got.body)).not.toContain("broken");
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(2);
  });

  test("a canceled one can only begin anew", async () => {
    await migrationIn("canceled", { state: "Canceled", substate: "Completed" });
    const refused = await patch("canceled", { howdah: { retry: "Failed" }, ...passwords });
    expect(refused.status).toBe(409);
    expect(refused.body.error?.message).toContain('restart with howdah.retry "Everything"');
    const answer = await patch("canceled", { howdah: { retry: "Everything" }, ...passwords });
    expect([answer.status, howdahOf(answer)?.["attempt"]]).toEqual([200, 2]);
  });
});
