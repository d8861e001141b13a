import type { SchemaStatement } from "./statement";

const NO_ROLES: string[] = [];

/**
 * Keeps one copy of what the statements of a dump have in common: of 10,000 tables each is named by nine statements, and most
 * belong to the same role. To be dropped when the last statement has gone through it; nobody may change what it hands out.
 */
export class SharedNames {
  readonly #texts = new Map<string, string>();
  readonly #tables = new Map<string, NonNullable<SchemaStatement["table"]>>();
  readonly #roles = new Map<string, string[]>();

  /** The same statement, with names that others may have too. */
  share(statement: SchemaStatement): SchemaStatement {
    const { object, table, roles } = statement;
    statement.object = this.#text(object);
    if (table) statement.table = this.#table(table);
    statement.roles = this.#list(roles);
    return statement;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  #table({ schema, name }: NonNullable<SchemaStatement["table"]>): NonNullable<SchemaStatement["table"]> {
    const key = JSON.stringify([schema, name]);
    const known = this.#tables.get(key);
    if (known) return known;
    const table = { schema: this.#text(schema), name: this.#text(name) };
    this.#tables.set(key, table);
    return table;
  }

  #list(roles: string[]): string[] {
    if (roles.length === 0) return NO_ROLES;
    const key = JSON.stringify(roles);
    const known = this.#roles.get(key);
    if (known === undefined) this.#roles.set(key, roles);
    return known ?? roles;
  }
}
