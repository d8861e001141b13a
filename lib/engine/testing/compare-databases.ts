import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { readContents } from "./database-contents";
import { readSchemaObjects } from "./schema-text";

export interface CompareOptions {
  /** Brings an object's DDL into the form in which both majors would print it; default: as it is. */
  canonical?: (object: string) => string;
  /** Names of contents ("sequence \"s\".\"n\"") and first lines of objects that may differ, each with a reason beside it in the test. */
  exceptions?: readonly RegExp[];
}

/**
 * Everything in which two databases differ, as lines for people, sorted; empty when they are the same: DDL, rows of tables
 * and materialised views, sequences, large objects, validity of indexes, extensions, encoding and locale.
 */
export async function compareDatabases(
  source: ConnectionSettings,
  target: ConnectionSettings,
  options: CompareOptions = {},
): Promise<string[]> {
  const { canonical = (object: string) => object, exceptions = [] } = options;
  const [sourceContents, targetContents] = await Promise.all([readContents(source), readContents(target)]);
  const [sourceObjects, targetObjects] = await Promise.all([
    readSchemaObjects(source),
    readSchemaObjects(target),
  ]);
  const differences = [
    ...compareContents(sourceContents, targetContents),
    ...compareObjects(sourceObjects.map(canonical), targetObjects.map(canonical)),
  ];
  return differences.filter((line) => !exceptions.some((exception) => exception.test(line))).sort();
}

function compareContents(source: Map<string, string>, target: Map<string, string>): string[] {
  const names = new Set([...source.keys(), ...target.keys()]);
  return [...names].flatMap((name) => {
    const [here, there] = [source.get(name) ?? "missing", target.get(name) ?? "missing"];
    return here === there ? [] : [`${name}: source ${here}; target ${there}`];
  });
}

/** As multisets: objects of one kind without dependencies may come in another order. */
function compareObjects(source: readonly string[], target: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const object of source) counts.set(object, (counts.get(object) ?? 0) + 1);
  for (const object of target) counts.set(object, (counts.get(object) ?? 0) - 1);
  return [...counts].flatMap(([object, count]) => {
    if (count === 0) return [];
    return [`DDL only on the ${count > 0 ? "source" : "target"}: ${object}`];
  });
}
