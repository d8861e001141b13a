import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { defineRule } from "../rule";

/** Indexes are built by sorting in temporary files, and WAL is kept between checkpoints. */
const FACTOR = 1.25;

async function readSize(client: pg.Client, databases: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `select coalesce(sum(pg_database_size(oid)), 0)::text as bytes from pg_database
      where datname = any($1) and has_database_privilege(oid, 'connect')`,
    [databases],
  );
  return Number(rows[0]?.bytes ?? 0);
}

/**
 * Free bytes where the target keeps its data, when that is a folder of this machine; else null. A folder of that name may be
 * another server's: postmaster.pid has the start of the server that runs there, in seconds, on its third line.
 */
async function readFreeBytes(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ folder: string; started: string }>(`
    select setting as folder, floor(extract(epoch from pg_postmaster_start_time()))::text as started
      from pg_settings where name = 'data_directory'`);
  const [row] = rows;
  if (!row?.folder) return null;
  try {
    const started = (await readFile(join(row.folder, "postmaster.pid"), "utf8")).split("\n")[2];
    if (Math.abs(Number(started) - Number(row.started)) > 1) return null;
    const { bavail, bsize } = await statfs(row.folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

export const targetStorage = defineRule({
  id: "target-storage",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "STORAGE_UNKNOWN",
  alwaysChecked: false,
  title: "the target has room for the databases",
  why: "A target whose storage is full stops or becomes read-only in the middle of the copy; indexes and WAL take more than the tables alone.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Have 1.25 times the size of the databases free on the target before the migration.",
    azure:
      "In Compute + storage raise the storage to 1.25 times the size of the databases or more; it cannot be lowered again.",
  },
  needs: "Only where Howdah runs on the target's machine can it see the free storage; look it up there.",
  async check({ source, target, databases }) {
    const size = await readSize(source.client, databases);
    const wanted = size * FACTOR;
    const free = await readFreeBytes(target.client);
    const sizes = `The databases chosen have ${formatBytes(size)} on the source`;
    if (free === null && size > 0) {
      return {
        checked: "",
        problems: [],
        notChecked: {
          because: `${sizes}; a server does not tell how much storage it has free.`,
          remedy: `Look it up on the target or in its portal: ${formatBytes(wanted)} should be free.`,
        },
      };
    }
    return {
      checked:
        free === null ? "No database was chosen." : `${sizes}, the target has ${formatBytes(free)} free.`,
      problems:
        free === null || free >= wanted
          ? []
          : [
              {
                message: `${sizes}, the target has only ${formatBytes(free)} free; ${formatBytes(wanted)} are advised.`,
              },
            ],
    };
  },
});
