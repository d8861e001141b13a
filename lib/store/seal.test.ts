import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CodedError } from "@/lib/util/coded-error";
import { seal, unseal } from "./seal";

const key = randomBytes(32);

it("opens what it sealed, whatever the characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (text, context) => {
      expect(unseal(seal(text, key, context), key, context)).toBe(text.toWellFormed());
    }),
  );
});

it("never seals alike twice and never shows the text", () => {
  const [one, two] = [seal("s3cret-Passw0rd", key, "a"), seal("s3cret-Passw0rd", key, "a")];
  expect(one.equals(two)).toBe(false);
  expect(one.includes("s3cret")).toBe(false);
});

it("does not open with another key, another context, or a changed byte", () => {
  const sealed = seal("s3cret", key, "migration 1 source");
  const attempts = [
    () => unseal(sealed, randomBytes(32), "migration 1 source"),
    () => unseal(sealed, key, "migration 2 source"),
    () => unseal(new Uint8Array(), key, "migration 1 source"),
    ...sealed.keys().map((at) => () => {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      unseal(changed, key, "migration 1 source");
    }),
  ];
  for (const attempt of attempts) {
    expect(attempt).toThrow(expect.objectContaining({ code: "SECRET_UNREADABLE" }));
    expect(attempt).toThrow(CodedError);
  }
});
