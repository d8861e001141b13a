import { afterEach, expect, test, vi } from "vitest";
import { execute } from "./execute";

afterEach(() => vi.unstubAllEnvs());

async function run(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  let out = "";
  let said = "";
  const code = await execute(args, {
    out: (line) => {
      out += `${line}\n`;
    },
    say: (line) => {
      said += `${line}\n`;
    },
  });
  return { code, out, said };
}

test("help and version go to standard output with exit code 0", async () => {
  expect(await run("migrate", "--help")).toMatchObject({
    code: 0,
    out: expect.stringContaining("--overwrite"),
  });
  expect(await run("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test.each([
  [["migrat"]],
  [["migrate"]],
  [["migrate", "--source", "postgresql://a@b/c"]],
  [["migrate", "--source", "x", "--target", "y"]],
  [
    [
      "migrate",
      "--source",
      "postgresql://a:p@b",
      "--target",
      "postgresql://a:p@c",
      "--all",
      "--databases",
      "d",
    ],
  ],
  [["migrate", "--source", "postgresql://a:p@b", "--target", "postgresql://a:p@c", "--jobs", "0"]],
  [["migrate", "--source", "postgresql://a:p@b", "--target", "postgresql://a:p@c", "--option", "Copy"]],
  [["migrate", "--source", "postgresql://a:p@b", "--target", "postgresql://a:p@c", "--name", "-n"]],
  [["migrate", "--source", "postgresql://a:p@b", "--target", "postgresql://a:p@c"]],
  [["token", "create"]],
  [["token", "create", "--role", "king"]],
  [["start", "--port", "70000"]],
  [["sign-in", "--url", "javascript:alert(1)"]],
])("wrong usage ends with exit code 2 and a message: %j", async (args) => {
  const { code, out, said } = await run(...args);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(said.trim()).not.toBe("");
});

test.each(["web", "worker"])("%s alone needs DATABASE_URL", async (command) => {
  vi.stubEnv("DATABASE_URL", "");
  expect(await run(command)).toMatchObject({ code: 2, said: expect.stringContaining("DATABASE_URL") });
});
