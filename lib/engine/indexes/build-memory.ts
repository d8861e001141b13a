import type pg from "pg";

const MIB = 1024 * 1024;
const MIN_BUDGET_MIB = 512;
const MAX_BUDGET_MIB = 8_192;
const MIN_SHARE_MIB = 64;
/** More does not make a sort of index tuples faster. */
const MAX_SHARE_MIB = 2_048;

/** maintenance_work_mem of builds, in MiB. */
export interface BuildMemory {
  /** What each build may take. */
  shareMib: number;
  /** What all of them may take together. */
  totalMib: number;
}

/**
 * Memory for `jobs` builds that run at once. All of them together take about as much as the server was given for its shared
 * buffers, the only measure of its memory that can be asked; never less than they would take by themselves.
 */
export async function chooseBuildMemory(target: pg.Client, jobs: number): Promise<BuildMemory> {
  const { rows } = await target.query<{ buffers: string; own: string }>(`
    select pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers'))::text as buffers,
           pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem'))::text as own`);
  const buffers = Number(rows[0]?.buffers ?? 0) / MIB;
  const own = Math.floor(Number(rows[0]?.own ?? 0) / MIB);
  const budget = Math.max(MIN_BUDGET_MIB, Math.min(MAX_BUDGET_MIB, buffers));
  const share = Math.floor(Math.max(MIN_SHARE_MIB, Math.min(MAX_SHARE_MIB, budget / jobs)));
  const shareMib = Math.max(own, share);
  return { shareMib, totalMib: Math.max(budget, shareMib * jobs) };
}

/**
 * Shares memory out by need: a build on a small table leaves most of its share to one on a big table, whose sort would
 * otherwise go through temporary files.
 */
export class MemoryShares {
  readonly #memory: BuildMemory;
  #taken = 0;

  constructor(memory: BuildMemory) {
    this.#memory = memory;
  }

  /** What a session may take when nothing is known of its work. */
  get shareMib(): number {
    return this.#memory.shareMib;
  }

  /** Runs a build on a table of this size, without its indexes, with the MiB that it may take. */
  async with<T>(tableBytes: number, build: (mib: number) => Promise<T>): Promise<T> {
    const { shareMib, totalMib } = this.#memory;
    const needed = Math.min(Math.ceil(tableBytes / MIB), MAX_SHARE_MIB);
    const taken = Math.min(needed, Math.max(shareMib, totalMib - this.#taken));
    this.#taken += taken;
    try {
      return await build(Math.max(taken, shareMib));
    } finally {
      this.#taken -= taken;
    }
  }
}
