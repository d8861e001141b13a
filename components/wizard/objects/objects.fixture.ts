import type { SourceObjects, SourceRelation } from "@/lib/migrations/filter-preview";

/** A relation, for tests. */
export function relation(name: string, more: Partial<SourceRelation> = {}): SourceRelation {
  return { name, kind: "table", bytes: 1000, rows: 10, indexes: [], parent: null, ...more };
}

/** A database of two schemas with odd names, for tests. */
export const OBJECTS: SourceObjects = {
  truncated: false,
  schemas: [
    {
      name: "app",
      relations: [
        relation("customers", {
          indexes: [
            { name: "customers_pkey", bytes: 10 },
            { name: "by.name", bytes: 20 },
          ],
        }),
        relation("log_1"),
        relation("log_2"),
        relation("Orders"),
        relation("sales", { kind: "partitioned-table", bytes: 0 }),
        relation("sales_1", { kind: "partition", parent: { schema: "app", name: "sales" } }),
        relation("totals", { kind: "view", bytes: 0, rows: null }),
      ],
    },
    { name: "Odd.Schema", relations: [relation('with"quote'), relation("plain")] },
    { name: "empty", relations: [] },
  ],
};
