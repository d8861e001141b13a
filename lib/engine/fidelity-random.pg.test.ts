import { afterAll, beforeAll, expect, test } from "vitest";
import { createTargetDatabase, dropTargetDatabase } from "./target-database";
import { canonicalDdl } from "./testing/canonical-ddl";
import { compareDatabases } from "./testing/compare-databases";
import { chosenPairs, chosenSeeds, FidelityServers, fillSchema, type Pair } from "./testing/fidelity-pairs";
import { moveAndReport } from "./testing/move-and-report";
import { randomSchema } from "./testing/random/random-schema";
import { settingsOf } from "./testing/settings-of";
import { runSql } from "./testing/with-session";

// Schemas that combine kinds of objects at random; see chosenSeeds() for more of them, or one again.
const pairs = chosenPairs([
  [12, 18],
  [17, 18],
]);
const cases = chosenSeeds(pairs.length).map((seed, index): [number, Pair] => [
  seed,
  pairs[index % pairs.length] ?? [12, 18],
]);
const servers = new FidelityServers();

beforeAll(async () => {
  await servers.start(pairs.flat());
  for (const major of new Set(pairs.flat()))
    await runSql(
      settingsOf(servers.of(major)),
      ...randomSchema(0).roles.map((role) => `create role ${role}`),
    );
});

afterAll(() => servers[Symbol.asyncDispose]());

test.each(cases)("the schema of seed %i moves (%j)", async (seed, [from, to]) => {
  const schema = randomSchema(seed);
  const source = await servers.source(from, `${schema.name} on ${from}`, (settings) =>
    fillSchema(schema, from, settings),
  );
  const target = settingsOf(servers.of(to), `${schema.name} from ${from}`);
  const { signal } = new AbortController();
  const database = { target: settingsOf(servers.of(to)), name: target.database, signal };
  await createTargetDatabase({ source, ...database });
  const { error, failures } = await moveAndReport({ source, target });
  expect(error).toBeNull();
  expect(failures).toEqual([]);
  expect(await compareDatabases(source, target, { canonical: canonicalDdl(from, to) })).toEqual([]);
  await dropTargetDatabase(database);
  await dropTargetDatabase({ target: settingsOf(servers.of(from)), name: source.database, signal });
});
