import { expect, it } from "vitest";
import { CodedError } from "@/lib/util/coded-error";
import { askBriefly, lookBriefly } from "./brief-patience";

const { signal } = new AbortController();

const pausesMs = [1, 1, 1];

async function looks(results: string[][], wereThere: boolean): Promise<number> {
  let count = 0;
  await lookBriefly(
    { signal, wereThere, pausesMs },
    async () => results[Math.min(count++, results.length - 1)] ?? [],
    (codes) => codes,
  );
  return count;
}

it.each([
  ["nothing is wrong", [[]], false, 1],
  ["a real fault", [["PASSWORD_REJECTED"]], true, 1],
  ["a real fault among interruptions", [["CONNECTION_LOST", "DATABASE_VANISHED"]], true, 1],
  ["a wrong address", [["CONNECTION_REFUSED"]], false, 1],
  ["a server that goes away and comes back", [["CONNECTION_LOST"], ["CONNECTION_REFUSED"], []], false, 3],
  ["a server that was there", [["CONNECTION_REFUSED"], []], true, 2],
  ["a server that stays away", [["CONNECTION_LOST"]], false, 4],
] as const)("%s", async (_, results, wereThere, expected) => {
  expect(
    await looks(
      results.map((codes) => [...codes]),
      wereThere,
    ),
  ).toBe(expected);
});

it("throws what a look throws in the end", async () => {
  const lost = new CodedError("CONNECTION_LOST", "gone", { transient: true });
  const patience = { signal, wereThere: true, pausesMs };
  await expect(askBriefly(patience, () => Promise.reject(lost))).rejects.toBe(lost);
});
