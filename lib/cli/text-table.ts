/** A column of a table on the terminal. */
export interface TextColumn<Row> {
  heading: string;
  text: (row: Row) => string;
  align?: "right";
}

const GAP = "  ";

/** Rows below their headings, in columns as wide as their widest text. Names come from servers: what could steer a terminal is replaced. */
export function textTable<Row>(rows: readonly Row[], columns: readonly TextColumn<Row>[]): string[] {
  const lines = [
    columns.map((column) => column.heading.toUpperCase()),
    ...rows.map((row) => columns.map((column) => printable(column.text(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Labels with their values, one a line. */
export function factLines(facts: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...facts.map(([label]) => label.length));
  return facts.map(([label, value]) => `${label.padEnd(width)}${GAP}${printable(value)}`);
}

/** `text` on one line, without characters that could steer a terminal. */
export function printable(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replace(/\p{Cc}/gu, "\uFFFD");
}
