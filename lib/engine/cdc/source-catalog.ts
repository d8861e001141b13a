import type pg from "pg";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { isTransient, sqlStateOf } from "@/lib/postgres/errors";
import { SessionWatch } from "../session-watch";
import type { Relation, RelationColumn, ReplicaIdentity } from "./decode/change";
import type {
  DescribedRelation,
  RelationSource,
  ShownColumn,
  UnknownRelation,
} from "./decode/relation-source";

const PREPARE = `
select pg_catalog.set_config('default_transaction_read_only', 'on', false),
       pg_catalog.set_config('quote_all_identifiers', 'off', false),
       pg_catalog.current_setting('server_version_num')::int as version,
       pg_catalog.current_setting('server_encoding') as encoding,
       (select count(pg_catalog.set_config(name, '0', false)) from pg_catalog.pg_settings
         where name in ('statement_timeout', 'idle_session_timeout'))`;

interface CatalogColumn {
  identity: ReplicaIdentity;
  name: string | null;
  oid: number;
  printed: string;
  cast: string;
  isKey: boolean;
  isGenerated: boolean;
}

function columnsQuery(version: number): string {
  const keys = version >= 110_000 ? "i.indnkeyatts" : "i.indnatts";
  return `
select case c.relreplident when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full' else 'index' end as identity,
       a.attname as name, a.atttypid::int8::float8 as oid,
       pg_catalog.format_type(a.atttypid, null) as printed, pg_catalog.format_type(a.atttypid, -1) as cast,
       c.relreplident = 'f' or coalesce(a.attnum = any((i.indkey::int2[])[0:${keys} - 1]), false) as "isKey",
       ${version >= 120_000 ? "a.attgenerated <> ''" : "false"} as "isGenerated"
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_index i on i.indrelid = c.oid and i.indimmediate
        and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end
 where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')
 order by a.attnum`;
}

const TYPES = `
select t.oid::int8::float8 as oid, pg_catalog.format_type(t.oid, null) as printed, pg_catalog.format_type(t.oid, -1) as cast
  from pg_catalog.pg_type t where t.oid = any($1::oid[])`;

interface TypeNames {
  oid: number;
  printed: string;
  cast: string;
}

/**
 * Tells what a stream of changes does not: keys, replica identity and types. It shows the source of now, which may be ahead
 * of the stream, so what a change itself shows goes before. Its session is opened when needed and opened again when lost.
 */
export class SourceCatalog implements RelationSource {
  readonly #settings: ConnectionSettings;
  readonly #signal: AbortSignal;
  #client: pg.Client | null = null;
  #watch: SessionWatch | null = null;
  #version = 0;
  #encoding = "";

  constructor(settings: ConnectionSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
  }

  /** server_encoding of the database. Throws CodedError or what the server reports. */
  async encoding(): Promise<string> {
    await this.#session();
    return this.#encoding;
  }

  /** Throws CodedError or what the server reports. */
  async describe(unknown: UnknownRelation): Promise<DescribedRelation> {
    const rows = await this.#query<CatalogColumn>(
      (version) => columnsQuery(version),
      [unknown.schema, unknown.name],
    );
    const catalog = rows.filter((row) => row.name !== null);
    const identity = unknown.replicaIdentity ?? rows[0]?.identity ?? null;
    const columns = unknown.columns
      ? await this.#complete(unknown.columns, catalog)
      : catalog.map((row) => ({ column: toColumn(row), printed: row.printed }));
    const relation: Relation = {
      schema: unknown.schema,
      name: unknown.name,
      columns: columns.map(({ column }) => column),
      replicaIdentity: identity,
    };
    return { relation, printedTypes: columns.map(({ printed }) => printed) };
  }

  /** Ends the session. Never throws. */
  async end(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#watch?.[Symbol.dispose]();
    if (client) await endClient(client);
  }

  async #complete(
    shown: readonly ShownColumn[],
    catalog: readonly CatalogColumn[],
  ): Promise<{ column: RelationColumn; printed: string }[]> {
    const byName = new Map(catalog.map((row) => [row.name, row]));
    const oids = shown.flatMap(({ typeOid }) => typeOid ?? []);
    const types = new Map(
      oids.length > 0
        ? (await this.#query<TypeNames>(() => TYPES, [oids])).map((type) => [type.oid, type])
        : [],
    );
    const completed: { column: RelationColumn; printed: string }[] = [];
    for (const { name, typeOid, typeName, isKey } of shown) {
      const now = byName.get(name);
      const type =
        typeOid === null ? await this.#typeNamed(typeName ?? "", now) : (types.get(typeOid) ?? null);
      completed.push({
        column: {
          name,
          typeOid: type?.oid ?? typeOid ?? 0,
          typeName: type?.cast ?? typeName ?? "text",
          isKey: isKey ?? now?.isKey ?? false,
          isGenerated: now?.isGenerated ?? false,
        },
        printed: typeName ?? type?.printed ?? "",
      });
    }
    return completed;
  }

  async #typeNamed(printed: string, now: CatalogColumn | undefined): Promise<TypeNames | null> {
    if (now?.printed === printed) return now;
    try {
      const sql = `select oid::int8::float8 as oid, $1::text as printed, pg_catalog.format_type(oid, -1) as cast
                     from (select $1::pg_catalog.text::pg_catalog.regtype::pg_catalog.oid as oid) t`;
      const [type] = await this.#query<TypeNames>(() => sql, [printed]);
      return type ?? null;
    } catch (error) {
      // The type was dropped since, or its schema.
      if (sqlStateOf(error) === "42704" || sqlStateOf(error) === "3F000") return null;
      throw error;
    }
  }

  async #query<Row extends pg.QueryResultRow>(
    sql: (version: number) => string,
    values: unknown[],
  ): Promise<Row[]> {
    for (let isRetry = false; ; isRetry = true) {
      const client = await this.#session();
      try {
        return (await client.query<Row>(sql(this.#version), values)).rows;
      } catch (error) {
        if (isRetry || !isTransient(error)) throw error;
        await this.end();
      }
    }
  }

  async #session(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = await connectWithEmptyPath(this.#settings, { signal: this.#signal });
    // A network that died in silence would let a question, and with it the whole stream, wait for ever.
    const watch = new SessionWatch(client);
    try {
      const { rows } = await client.query<{ version: number; encoding: string }>(PREPARE);
      this.#version = rows[0]?.version ?? 0;
      this.#encoding = rows[0]?.encoding ?? "";
    } catch (error) {
      watch[Symbol.dispose]();
      await endClient(client);
      throw error;
    }
    this.#client = client;
    this.#watch = watch;
    return client;
  }
}

function toColumn({ name, oid, cast, isKey, isGenerated }: CatalogColumn): RelationColumn {
  return { name: name ?? "", typeOid: oid, typeName: cast, isKey, isGenerated };
}
