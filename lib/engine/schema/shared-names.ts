import { sharedText } from "@/lib/util/texts";
import { tableKey } from "./restore-plan";
import type { SchemaStatement } from "./statement";

/**
 * Keeps one copy of what the statements of a dump have in common: of 10,000 tables each is named by nine statements, and most
 * belong to the same role. To be dropped when the last statement has gone through it; nobody may change what it hands out.
 */
export class SharedNames {
  readonly #tables = new Map<string, NonNullable<SchemaStatement["table"]>>();
  readonly #roles = new Map<string, string[]>();

  /** The same statement, with names that others may have too. */
  share(statement: SchemaStatement): SchemaStatement {
    const { object, table, roles } = statement;
    statement.object = sharedText(object);
    if (table) statement.table = this.#table(table);
    statement.roles = this.#list(roles);
    return statement;
  }

  #table(table: NonNullable<SchemaStatement["table"]>): NonNullable<SchemaStatement["table"]> {
    const key = tableKey(table);
    const known = this.#tables.get(key);
    if (known) return known;
    const { schema, name } = table;
    const shared = { schema: sharedText(schema), name: sharedText(name) };
    this.#tables.set(key, shared);
    return shared;
  }

  #list(roles: string[]): string[] {
    const key = JSON.stringify(roles);
    const known = this.#roles.get(key);
    if (known === undefined) this.#roles.set(key, roles);
    return known ?? roles;
  }
}
