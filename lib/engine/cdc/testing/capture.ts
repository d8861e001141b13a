import pg from "pg";
import type { TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { type Lsn, parseLsn } from "@/lib/postgres/lsn";
import { ReplicationSession } from "@/lib/postgres/replication/replication-session";
import { qualified } from "@/lib/postgres/sql";
import { ChangeStream, type ChangeStreamOptions, type OutputPlugin } from "../change-stream";
import { type Change, type NewValue, type OldValue, type Relation, UNCHANGED } from "../decode/change";
import { createPublication } from "../publication";
import { captureName } from "../slots";

export interface Source {
  settings: ConnectionSettings;
  client: pg.Client;
  slot: string;
  plugin: OutputPlugin;
  publications: string[];
  consistentPoint: Lsn;
}

/**
 * A database of its own with `setup` in it, and a slot, with publications of all tables where the plugin needs them; `create` is
 * added to CREATE DATABASE.
 */
export async function makeSource(
  server: TestServer,
  plugin: OutputPlugin,
  setup: string[],
  create = "",
): Promise<Source> {
  const database = `d${Math.random().toString(36).slice(2, 10)}`;
  const base: ConnectionSettings = { ...server, database: "postgres", sslMode: "Prefer" };
  const admin = await connect(base);
  await admin.query(`create database ${database} ${create}`);
  await admin.end();
  const settings = { ...base, database };
  const client = await connect(settings);
  for (const statement of setup) await client.query(statement);
  const slot = captureName("test1", database);
  const tables = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, relname as name from pg_class c join pg_namespace n on n.oid = relnamespace
      where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema')`,
  );
  const publications = plugin === "pgoutput" ? await publish(client, slot, tables.rows) : [];
  await using session = await ReplicationSession.open(settings);
  const created = await session.createSlot(
    { name: slot, plugin, temporary: false },
    AbortSignal.timeout(60_000),
  );
  return {
    settings,
    client,
    slot,
    plugin,
    publications,
    consistentPoint: created.consistentPoint,
  };
}

/** A second publication has what a migration leaves out: the stream reads from several, too. */
async function publish(
  client: pg.Client,
  name: string,
  tables: readonly { schema: string; name: string }[],
): Promise<string[]> {
  const leftOut = await createPublication(client, name, tables);
  if (leftOut.length === 0) return [name];
  const list = leftOut.map((table) => `only ${qualified(table.schema, table.name)}`).join(", ");
  await client.query(`create publication ${name}_i for table ${list} with (publish = 'insert, truncate')`);
  return [name, `${name}_i`];
}

/** Opens a stream on the source's slot. */
export async function openStream(
  source: Source,
  options: Partial<ChangeStreamOptions> = {},
): Promise<ChangeStream> {
  return ChangeStream.open({
    settings: source.settings,
    slot: source.slot,
    plugin: source.plugin,
    publications: source.publications,
    startLsn: source.consistentPoint,
    signal: AbortSignal.timeout(120_000),
    ...options,
  });
}

/** End of what the source has written. */
export async function currentLsn(client: pg.Client): Promise<Lsn> {
  const { rows } = await client.query("select pg_current_wal_lsn()::text as lsn");
  return parseLsn(rows[0].lsn);
}

/** Everything the stream hands out until it has passed `until`. */
export async function readUntil(stream: ChangeStream, until: Lsn): Promise<Change[]> {
  const all: Change[] = [];
  for await (const batch of stream.changes()) {
    all.push(...batch);
    const last = batch.at(-1);
    if (last?.kind === "quiet" && last.lsn >= until) break;
    if (last?.kind === "commit" && last.endLsn >= until) break;
  }
  return all;
}

/** What the source has written so far. */
export async function captureAll(source: Source): Promise<Change[]> {
  await using stream = await openStream(source);
  return await readUntil(stream, await currentLsn(source.client));
}

function show(value: NewValue | OldValue): string {
  if (value === UNCHANGED) return "~";
  if (value === null || value === undefined) return "null";
  return value.length > 40 ? `${value.length}×${value[0]}` : value;
}

function showRow(relation: Relation, values: readonly (NewValue | OldValue)[]): string {
  return relation.columns
    .flatMap(({ name }, at) => (values[at] === undefined ? [] : [`${name}=${show(values[at])}`]))
    .join(" ");
}

/** One line for a change, without positions: what a test compares. */
export function showChange(change: Change): string {
  switch (change.kind) {
    case "insert":
      return `insert ${change.relation.name}: ${showRow(change.relation, change.values)}`;
    case "update": {
      const old = change.old ? ` ${change.old.kind}(${showRow(change.relation, change.old.values)})` : "";
      return `update ${change.relation.name}${old}: ${showRow(change.relation, change.values)}`;
    }
    case "delete": {
      const old = change.old
        ? `${change.old.kind}(${showRow(change.relation, change.old.values)})`
        : "unknown row";
      return `delete ${change.relation.name}: ${old}`;
    }
    case "truncate": {
      const names = change.relations.map(({ name }) => name).sort();
      return `truncate ${names.join(",")}${change.restartIdentity ? " restart" : ""}${change.cascade ? " cascade" : ""}`;
    }
    case "message":
      return `message ${change.prefix}: ${change.content.toString("utf8")}`;
    default:
      return change.kind;
  }
}

/** Rows as changes of one table show them. */
export function linesOf(changes: readonly Change[], table: string): string[] {
  return changes.flatMap((change) => {
    const isOf =
      "relation" in change && change.kind !== "relation"
        ? change.relation.name === table
        : change.kind === "truncate" && change.relations.some(({ name }) => name === table);
    return isOf ? [showChange(change)] : [];
  });
}

/** The tables' values as an ordinary session prints them: what a decoded value is compared with. */
export async function printedRow(source: Source, table: string): Promise<(string | null)[]> {
  const client = new pg.Client({
    ...source.settings,
    types: { getTypeParser: () => (text: string) => text },
  });
  await client.connect();
  try {
    await client.query("set search_path = ''; set extra_float_digits = 3; set timezone = 'UTC'");
    const { rows } = await client.query<(string | null)[]>({
      text: `select * from ${table}`,
      rowMode: "array",
    });
    return rows[0] ?? [];
  } finally {
    await client.end();
  }
}
