import type { DatabaseSelection } from "@/lib/migrations/filter";
import { SERVICE_DATABASES } from "@/lib/migrations/service-databases";
import type { InventoryDatabase, ServerInventory } from "@/lib/postgres/probes/report";
import { selectionOf, targetNameOf } from "./selections";

/** A database of the source as the list shows it. */
export interface DatabaseRow {
  name: string;
  /** What it is to be called on the target. */
  targetName: string;
  owner: string;
  /** null when the login may not connect to it. */
  sizeBytes: number | null;
  extensions: string[];
  /** Extensions the target cannot create, by name. */
  missingExtensions: string[];
  /** The target already has a database of the target name. */
  existsOnTarget: boolean;
  targetSizeBytes: number | null;
  /** Why it cannot be chosen; null when it can. */
  blockedReason: string | null;
  /** The database every server has; seldom one to move. */
  maintenance: boolean;
}

/**
 * The source's databases in the order of the inventory, with what the target's inventory says about each under the name it
 * gets there.
 */
export function databaseRows(
  source: ServerInventory,
  target: ServerInventory | null,
  selections: readonly DatabaseSelection[] = [],
): DatabaseRow[] {
  const onTarget = new Map(target?.databases.map((database) => [database.name, database]));
  return source.databases.map((database) => {
    const targetName = targetNameOf(selectionOf(selections, database.name));
    const twin = onTarget.get(targetName);
    return {
      name: database.name,
      targetName,
      owner: database.owner,
      sizeBytes: database.sizeBytes,
      extensions: database.extensions ?? [],
      missingExtensions: missingExtensions(database, target),
      existsOnTarget: twin !== undefined,
      targetSizeBytes: twin?.sizeBytes ?? null,
      blockedReason: blockedReason(database),
      maintenance: database.name === "postgres",
    };
  });
}

function blockedReason(database: InventoryDatabase): string | null {
  if (SERVICE_DATABASES.has(database.name)) return "Belongs to the managed service";
  return database.canConnect ? null : "This login may not connect to it";
}

function missingExtensions(database: InventoryDatabase, target: ServerInventory | null): string[] {
  if (!target || !database.extensions) return [];
  return database.extensions
    .map((extension) => extension.split(" ")[0] ?? extension)
    .filter((name) => name !== "plpgsql" && !(name in target.availableExtensions));
}

/** Rows whose name, owner or extensions contain `search`, without regard to case. */
export function matchingRows(rows: readonly DatabaseRow[], search: string): DatabaseRow[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return [...rows];
  return rows.filter((row) =>
    [row.name, row.owner, ...row.extensions].some((text) => text.toLowerCase().includes(wanted)),
  );
}

/** What "select all" chooses: everything that can be chosen but the maintenance database. */
export function selectableNames(rows: readonly DatabaseRow[]): string[] {
  return rows.filter((row) => row.blockedReason === null && !row.maintenance).map((row) => row.name);
}

export interface Selection {
  rows: DatabaseRow[];
  sizeBytes: number;
  /** Chosen ones the target already has. */
  conflicts: DatabaseRow[];
}

/** The chosen rows in the list's order with their total. Names that are no longer in the list do not count. */
export function selection(rows: readonly DatabaseRow[], chosen: readonly string[]): Selection {
  const names = new Set(chosen);
  const selected = rows.filter((row) => names.has(row.name) && row.blockedReason === null);
  return {
    rows: selected,
    sizeBytes: selected.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0),
    conflicts: selected.filter((row) => row.existsOnTarget),
  };
}
