import { afterAll, beforeAll, expect, test } from "vitest";
import { isInstalled } from "@/lib/embedded/binaries";
import { createTargetDatabase } from "./target-database";
import { canonicalDdl } from "./testing/canonical-ddl";
import { compareDatabases } from "./testing/compare-databases";
import type { FidelitySchema } from "./testing/fidelity/fidelity-schema";
import { FIDELITY_SCHEMAS } from "./testing/fidelity/fidelity-schemas";
import { chosenPairs, FidelityServers, fillSchema, type Pair } from "./testing/fidelity-pairs";
import { moveAndReport } from "./testing/move-and-report";
import { settingsOf } from "./testing/settings-of";

// Sources up to the pg_dump that is installed are read by that one, newer ones by the built-in one; see chosenPairs() for others.
const USUAL: readonly Pair[] = [
  [12, 18],
  ...ifInstalled([13, 17]),
  ...ifInstalled([14, 15]),
  [15, 16],
  [16, 17],
  [17, 18],
  [18, 18],
];

/** 13 and 14 are not installed everywhere. */
function ifInstalled(pair: Pair): Pair[] {
  return pair.every(isInstalled) ? [pair] : [];
}

const servers = new FidelityServers();
const pairs = chosenPairs(USUAL);

/** Every schema over the widest pair and over one or two of the others; over all pairs when they were asked for. */
const cases = pairs.flatMap(([from, to], index) =>
  FIDELITY_SCHEMAS.filter((_, at) => pairs !== USUAL || index === 0 || (at + index) % 4 === 0).map(
    (schema): [string, number, number, FidelitySchema, Pair] => [schema.name, from, to, schema, [from, to]],
  ),
);

beforeAll(() => servers.start(pairs.flat()));

afterAll(() => servers[Symbol.asyncDispose]());

test.each(cases)("%s moves from PostgreSQL %i to %i", async (name, _from, _to, schema, [from, to]) => {
  const source = await servers.source(from, name, (settings) => fillSchema(schema, from, settings));
  const target = settingsOf(servers.of(to), from === to ? `${name} again` : `${name} from ${from}`);
  const { signal } = new AbortController();
  await createTargetDatabase({ source, target: settingsOf(servers.of(to)), name: target.database, signal });
  const { error, failures } = await moveAndReport({ source, target });
  expect(error).toBeNull();
  expect(failures).toEqual([]);
  expect(await compareDatabases(source, target, { canonical: canonicalDdl(from, to) })).toEqual([]);
});
