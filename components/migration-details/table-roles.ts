/**
 * A list of thousands of rows is placed row by row, which no table element can be; these make it a table to assistive
 * technology all the same.
 */
export const ROLES = {
  rowgroup: { role: "rowgroup" },
  rowheader: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

/** Attributes of the list; `rows` counts its heading and the rows that are not in the window. */
export function tableProps(label: string, rows: number) {
  return { role: "table", "aria-label": label, "aria-rowcount": rows } as const;
}

/** Attributes of a row; `position` counts from 1, the heading. */
export function rowProps(position: number) {
  return { role: "row", "aria-rowindex": position } as const;
}

/** Attributes of a column's heading; `sort`: how the list is sorted by it, if it is. */
export function columnHeaderProps(sort: "ascending" | "descending" | undefined) {
  return { role: "columnheader", "aria-sort": sort } as const;
}
