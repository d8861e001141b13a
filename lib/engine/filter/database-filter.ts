/**
 * Which objects of a database move. Patterns follow lib/util/object-pattern.ts: `schema`, `schema.table`, `*` and `?` as
 * wildcards, double quotes for a name to be taken literally. An empty or absent list means no restriction.
 */
export interface DatabaseFilter {
  /** Only these move, with what they need; absent: everything. */
  include?: { schemas?: string[] | undefined; tables?: string[] | undefined } | undefined;
  /** Wins over `include`. `tableData`: the table moves, its rows do not. */
  exclude?:
    | {
        schemas?: string[] | undefined;
        tables?: string[] | undefined;
        tableData?: string[] | undefined;
        indexes?: string[] | undefined;
      }
    | undefined;
}
