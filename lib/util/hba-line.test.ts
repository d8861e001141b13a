import { expect, it } from "vitest";
import { hbaLine } from "./hba-line";

it.each([
  ["mover", "10.0.0.7", "hostssl all mover 10.0.0.7/32 scram-sha-256"],
  ["mover", "fd00::7", "hostssl all mover fd00::7/128 scram-sha-256"],
  ["all", "10.0.0.7", 'hostssl all "all" 10.0.0.7/32 scram-sha-256'],
  ['o d"d', null, 'hostssl all "o d""d" <address of Howdah>/32 scram-sha-256'],
])("%s from %s", (user, address, line) => {
  expect(hbaLine(user, address)).toBe(line);
});
