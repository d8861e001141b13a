import type pg from "pg";

/** What became of a batch. */
export interface BatchResult {
  /** How many statements, from the first, are committed. */
  committed: number;
  /** What stopped the next one, or null when all are committed. */
  error: Error | null;
}

/** The part of the driver's connection a submitted query uses. */
interface Wire {
  query(text: string): void;
}

/** BEGIN, the statement, COMMIT. */
const COMMANDS_PER_STATEMENT = 3;

/**
 * A multi-statement simple query that knows how far it came: `pg` itself forgets the results before an error.
 * Every statement has a transaction of its own, so locks do not pile up and one failure undoes nothing else.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
 */
class StatementBatch implements pg.Submittable {
  private completed = 0;
  private readonly text: string;
  private readonly settle: (result: BatchResult) => void;

  constructor(text: string, settle: (result: BatchResult) => void) {
    this.text = text;
    this.settle = settle;
  }

  submit(connection: pg.Connection): void {
    (connection as unknown as Wire).query(this.text);
  }

  handleCommandComplete(): void {
    this.completed += 1;
  }

  handleError(error: Error): void {
    this.settle({ committed: Math.floor(this.completed / COMMANDS_PER_STATEMENT), error });
  }

  handleReadyForQuery(): void {
    this.settle({ committed: Math.floor(this.completed / COMMANDS_PER_STATEMENT), error: null });
  }

  // SELECT set_config(...) answers with a row, which nobody needs.
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
}

/** Runs SQL texts in one round trip. Never rejects: a broken session is an error without SQLSTATE in the result. */
export async function runBatch(client: pg.Client, texts: readonly string[]): Promise<BatchResult> {
  const text = texts.map(inTransaction).join("");
  const result = await new Promise<BatchResult>((resolve) => {
    client.query(new StatementBatch(text, resolve));
  });
  if (result.error) await client.query("rollback").catch(() => undefined);
  return result;
}

/** Index of the statement in which a syntax error lies. PostgreSQL parses the whole text before it runs any of it. */
export function statementAt(texts: readonly string[], position: number): number | null {
  let start = 0;
  for (const [index, sql] of texts.entries()) {
    // Positions count characters, from 1; JavaScript counts UTF-16 units.
    start += [...inTransaction(sql)].length;
    if (position <= start) return index;
  }
  return null;
}

function inTransaction(sql: string): string {
  return `begin;\n${sql};\ncommit;\n`;
}
