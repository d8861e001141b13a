import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { decodeDump } from "./decode-dump";
import { type DumpReader, outputOf } from "./program-output";

const TEXT: DumpReader<string> = async (pieces) => (await Array.fromAsync(decodeDump(pieces))).join("");

/** A program that runs this script of Node. */
function program(script: string) {
  return spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "pipe"] });
}

const never = new AbortController().signal;

test("all of a dump is read, and what the program says of it is kept", async () => {
  const script = "process.stderr.write('noted'); process.stdout.write('é;'.repeat(500_000))";
  const { dump, stderr } = await outputOf(program(script), TEXT, never);
  expect(dump).toBe("é;".repeat(500_000));
  expect(stderr).toBe("noted");
});

test("a program that cannot be started is told of as that", async () => {
  const child = spawn("/nonexistent/pg_dump", [], { stdio: ["ignore", "pipe", "pipe"] });
  await expect(outputOf(child, TEXT, never)).rejects.toThrow("pg_dump could not be started");
});

test("of a dump that breaks off within a character the program's own words are the cause", async () => {
  const script =
    "process.stdout.write(Buffer.from([0x41, 0xc3]), () => { process.stderr.write('permission denied for table t'); process.exitCode = 1; })";
  const error = { code: "PRIVILEGE_MISSING", message: "permission denied for table t" };
  await expect(outputOf(program(script), TEXT, never)).rejects.toMatchObject(error);
});

test("a reader that gives up does not keep the program from ending", async () => {
  const script = "process.stdout.write('x'.repeat(2_000_000))";
  const read: DumpReader<never> = async (pieces) => {
    for await (const _ of pieces) throw new Error("enough");
    throw new Error("nothing came");
  };
  const child = program(script);
  await expect(outputOf(child, read, never)).rejects.toThrow("enough");
  expect(child.exitCode).toBe(0);
});

test("an abort is told of as such once the program has ended", async () => {
  const abort = new AbortController();
  const child = program("process.stdout.write('x'); setInterval(() => {}, 1_000)");
  const read: DumpReader<string> = async (pieces) => {
    for await (const _ of pieces) {
      abort.abort(new Error("canceled"));
      child.kill("SIGKILL");
    }
    return "";
  };
  await expect(outputOf(child, read, abort.signal)).rejects.toThrow("canceled");
  expect(child.signalCode).toBe("SIGKILL");
});
