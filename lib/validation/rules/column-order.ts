import { describeReordered, listReorderedTables } from "@/lib/engine/schema/reordered-tables";
import { defineRule } from "../rule";

export const columnOrder = defineRule({
  id: "column-order",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "COLUMNS_REORDERED",
  title: "tables that inherit keep the order of their columns",
  why: "A table that inherits is created with its parents' columns first. Where a column was added to the parent later, or the parent given later, it stands elsewhere on the source. Rows and everything that names columns are not affected.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general:
      "Name the columns in statements that rely on their order: insert without names, select *, COPY without a list.",
  },
  async check({ source }) {
    const tables = await listReorderedTables(source.client);
    const count = `${tables.length} ${tables.length === 1 ? "table" : "tables"}`;
    return {
      checked: "Every table that inherits will have its columns in the same order.",
      problems:
        tables.length === 0
          ? []
          : [
              {
                message: `${count} will have the same columns in another order.`,
                objects: tables.map(describeReordered),
              },
            ],
    };
  },
});
