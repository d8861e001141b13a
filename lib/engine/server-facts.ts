import type pg from "pg";

/** What of a server and its database decides how rows are copied. */
export interface ServerFacts {
  /** server_version_num, e.g. 160014. */
  version: number;
  /** Encoding of the database, e.g. "UTF8". */
  encoding: string;
  /** Installed extensions and their versions. */
  extensions: ReadonlyMap<string, string>;
}

/** Reads the facts over an open session. Throws what the server reports. */
export async function readServerFacts(client: pg.Client): Promise<ServerFacts> {
  const { rows } = await client.query<{
    version: number;
    encoding: string;

    extensions: [string, string][];
  }>(`
    select pg_catalog.current_setting('server_version_num')::int as version,
           pg_catalog.current_setting('server_encoding') as encoding,
           (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(extname, extversion)), '[]')
              from pg_catalog.pg_extension) as extensions`);
  const [row] = rows;
  return {
    version: row?.version ?? 0,
    encoding: row?.encoding ?? "",
    extensions: new Map(row?.extensions ?? []),
  };
}
