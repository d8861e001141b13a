import { ident, literal, qualified } from "@/lib/postgres/sql";
import { type Checksum, type ChecksumRow, checksumColumns, readChecksum, sameChecksums } from "./checksum";
import { nameOf, type TablePair } from "./table-pair";
import type { VerifyRun } from "./verify-run";

interface Definition {
  query: string;
  columns: string[];
}

/**
 * True when the target's materialised view holds what its query gives there, as after REFRESH (sql-refreshmaterializedview.html).
 * The source's rows are others when nobody refreshed it since its tables changed, and no server takes rows for a materialised
 * view. Its query may take long, so it is asked for only when the rows differ; false when the login may not run it.
 */
export async function isFreshOnTarget(run: VerifyRun, pair: TablePair, held: Checksum): Promise<boolean> {
  try {
    const given = await run.target.read(async (client) => {
      const { rows } = await client.query<Definition>(definitionStatement(pair));
      const [definition] = rows;
      if (!definition) return null;
      await run.targetThrottle.pass(pair.target.bytes, run.target.signal);
      const answer = await client.query<ChecksumRow>(sumStatement(definition, pair));
      return answer.rows[0] ? readChecksum(answer.rows[0]) : null;
    });
    return given !== null && sameChecksums(given, held);
  } catch {
    run.signal.throwIfAborted();
    return false;
  }
}

/** What is said of a materialised view whose rows are not the source's and yet right. */
export function describeFreshView(pair: TablePair): string {
  return `Materialized view ${nameOf(pair.source)} holds what its query gives on the target. The source's holds other rows: it was not refreshed since what it is made from changed.`;
}

function definitionStatement({ target }: TablePair): string {
  const view = `${literal(qualified(target.schema, target.name))}::pg_catalog.regclass`;
  return `
select pg_catalog.pg_get_viewdef(${view}) as query,
       array(select a.attname::text from pg_catalog.pg_attribute a
              where a.attrelid = ${view} and a.attnum > 0 order by a.attnum) as columns`;
}

function sumStatement({ query, columns }: Definition, { hash }: TablePair): string {
  const inner = hash.inner === "" ? "1 as nothing" : hash.inner;
  const body = query.replace(/;\s*$/, "");
  const names = columns.length === 0 ? "" : ` (${columns.map(ident).join(", ")})`;
  return `
select ${checksumColumns(hash.first, hash.second)}
  from (select ${inner} from (${body}) t${names} offset 0) s`;
}
