/**
 * Evaluated before anything else: takes the command's arguments and hides them. A connection URI may hold a password, and
 * whoever is logged in can read other users' argv; setting the title overwrites it (Linux and macOS).
 */
import { z } from "zod";

const HANDED_OVER = "HOWDAH_ARGUMENTS";

/** Commands whose terminal shows something better than log lines. */
const QUIET = [
  "completion",
  "deployment",
  "migrate",
  "migration",
  "postgres",
  "profile",
  "server",
  "sign-in",
  "start",
  "token",
  "verify",
];

/** The arguments after the program's name, from the launcher's environment variable or else from argv. */
export const PROCESS_ARGUMENTS: readonly string[] = takeArguments();

function takeArguments(): string[] {
  const handedOver = process.env[HANDED_OVER];
  delete process.env[HANDED_OVER];
  const taken = handedOver ? z.array(z.string()).parse(JSON.parse(handedOver)) : process.argv.slice(2);
  process.argv.length = 2;
  const command = taken.find((text) => /^[a-z-]+$/.test(text) && !text.startsWith("-")) ?? "";
  process.title = `howdah ${command}`.trimEnd();
  if (QUIET.includes(command)) process.env["HOWDAH_LOG_LEVEL"] ??= "error";
  return taken;
}
