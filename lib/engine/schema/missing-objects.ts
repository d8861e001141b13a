import type { ObjectFailure, TableName } from "@/lib/engine/events";
import { displayName } from "@/lib/postgres/sql";
import type { ExtensionMember } from "./extension-members";
import type { SchemaStatement, StatementKind } from "./statement";

/** undefined_table, _object, _function, _column, invalid_schema_name, undefined_parameter's kin: something is not there. */
const UNDEFINED: ReadonlySet<string> = new Set(["42P01", "42704", "42883", "42703", "3F000"]);

const RELATIONS: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "table",
  "view",
  "materialized-view",
  "foreign-data",
]);

/** Kinds that make something although they begin with ALTER TABLE. */
const CONSTRAINTS: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "primary-key",
  "unique",
  "exclusion",
  "check",
  "foreign-key",
]);

const WORD = /"([^"]+)"|[^\s(),:;"[\]]+/g;

/**
 * What could not be created on the target so far, so that what hangs on it is reported as a consequence and not as a
 * failure of its own. One instance goes with a restore from its first statement to its last.
 */
export class MissingObjects {
  private readonly objects = new Set<string>();
  private readonly tables = new Set<string>();
  /** Extension by what it would have made. */
  private readonly members = new Map<string, string>();

  /** Begins with what was left out of the dump. */
  constructor(leftOut: readonly ObjectFailure[] = []) {
    for (const failure of leftOut) {
      this.objects.add(failure.object);
      this.tables.add(failure.object);
    }
  }

  /** True when the table, view or materialised view is not there. */
  hasTable(table: TableName): boolean {
    return this.tables.has(displayName(table.schema, table.name));
  }

  /** Notes that `statement` failed; only what creates something leaves a gap. */
  add(statement: SchemaStatement): void {
    const creates = /^create\b/i.test(statement.sql);
    if (!creates && !CONSTRAINTS.has(statement.kind)) return;
    this.objects.add(statement.object);
    if (creates && RELATIONS.has(statement.kind)) this.tables.add(statement.object);
  }

  /** Notes what is not there because an extension is not. */
  addMembers(members: readonly ExtensionMember[]): void {
    for (const { name, extension } of members) this.members.set(name, extension);
  }

  /** Name of the missing object without which `statement` need not be tried, or null. */
  neededBy(statement: SchemaStatement): string | null {
    const { table, object } = statement;
    if (table && this.hasTable(table)) {
      const name = displayName(table.schema, table.name);
      // A late CREATE OR REPLACE VIEW may succeed where the first did not.
      if (name !== object || !/^create\b/i.test(statement.sql)) return name;
    }
    return !/^create\b/i.test(statement.sql) && this.objects.has(object) ? object : null;
  }

  /** Name of the missing object that explains the server's message, or null. */
  explains(sqlState: string | null, message: string): string | null {
    if (sqlState === null || !UNDEFINED.has(sqlState)) return null;
    // Messages quote a qualified name as a whole: relation "app.Order Lines" does not exist.
    const plain = message.replaceAll('"', "");
    for (const object of this.objects) {
      if (object !== "" && plain.includes(object.replaceAll('"', ""))) return object;
    }
    return this.explainsAsMember(message);
  }

  /** Of: type public.geometry does not exist; function public.area(public.geometry) does not exist; schema cron does not exist. */
  private explainsAsMember(message: string): string | null {
    if (this.members.size === 0) return null;
    const words = [...message.matchAll(WORD)].map(([whole, quoted]) =>
      (quoted ?? whole).replace(/\[\]$/, ""),
    );
    for (const [at, word] of words.entries()) {
      const extension = this.members.get(word) ?? this.members.get(`${words[at - 1]} ${word}`);
      if (extension !== undefined) return `extension ${extension}`;
    }
    return null;
  }
}
