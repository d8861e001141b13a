/** Each keeps a plan in the server's memory, of some 20 kB. */
const MOST = 500;

/** Names of prepared statements by their whole text; the one that was not used for longest makes room for a new one. */
export class StatementNames {
  readonly #names = new Map<string, string>();
  /** Not known to have been prepared: by the index of the statement that prepares it. */
  #doubtful: { sql: string; index: number }[] = [];
  #next = 1;

  /** `index` counts the statements since the server's last answer. */
  take(sql: string, index: number): { name: string; isNew: boolean; evicted: string | null } {
    const known = this.#names.get(sql);
    if (known !== undefined) {
      this.#names.delete(sql);
      this.#names.set(sql, known);
      return { name: known, isNew: false, evicted: null };
    }
    const name = `h${this.#next++}`;
    this.#names.set(sql, name);
    this.#doubtful.push({ sql, index });
    const [oldest] = this.#names.size > MOST ? this.#names : [];
    if (!oldest) return { name, isNew: true, evicted: null };
    this.#names.delete(oldest[0]);
    return { name, isNew: true, evicted: oldest[1] };
  }

  /** The server has answered: all statements ran, or those before `failed`. A failed one may or may not be prepared. */
  settle(failed: number | null): void {
    for (const { sql, index } of this.#doubtful)
      if (failed !== null && index >= failed) this.#names.delete(sql);
    this.#doubtful = [];
  }
}
