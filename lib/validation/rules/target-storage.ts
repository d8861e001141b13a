import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { AzureServerDetails } from "@/lib/migrations/azure-contract";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { isLoopback } from "@/lib/migrations/same-endpoint";
import { readDatabasesSize } from "../databases-size";
import type { Provider } from "../provider";
import { defineRule, type ValidationSession } from "../rule";

/** Indexes are built by sorting in temporary files, and WAL is kept between checkpoints. */
const FACTOR = 1.25;

/** Storage sizes of a flexible server in GiB. */
const AZURE_SIZES_GIB = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_767];
/** A flexible server with less of its storage free than this only reads. */
const AZURE_RESERVE = 0.05;
const GIB = 2 ** 30;

/** What a person compares with the target's storage, as no function of PostgreSQL tells what is free. */
function adviceOf({ settings }: ValidationSession, provider: Provider, used: number, wanted: number): string {
  const inAll = used + wanted;
  if (provider === "azure") {
    const size = AZURE_SIZES_GIB.find((gib) => gib * GIB * (1 - AZURE_RESERVE) >= inAll);
    const enough = size === undefined ? formatBytes(inAll) : `${size} GiB`;
    return `Look at Compute + storage of the target: it takes a storage size of ${enough} or more, as it only reads when less than 5 % is free.`;
  }
  const look = `Look it up on the target or in its portal: ${formatBytes(wanted)} should be free, that is ${formatBytes(inAll)} of storage in all.`;
  return isLoopback(settings.host)
    ? `${look} Or grant pg_read_all_settings to "${settings.user}": the target seems to run on this machine, where Howdah can look itself.`
    : look;
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

/** Free bytes by the storage Azure tells of and the databases there are; null when it tells none. */
async function freeInAzure(
  { client }: ValidationSession,
  server: AzureServerDetails | null,
): Promise<number | null> {
  if (!server || server.storageGiB === null) return null;
  const used = await readDatabasesSize(client, null);
  return Math.max(0, server.storageGiB * GIB * (1 - AZURE_RESERVE) - used);
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
  needs:
    "Howdah sees the free storage where it runs on the target's machine, and that of a flexible server that was found in Azure; look it up elsewhere.",
  async check({ source, target, databases, providers, azure }) {
    const size = await readDatabasesSize(source.client, databases);
    const wanted = size * FACTOR;
    const free = (await freeInAzure(target, azure?.server ?? null)) ?? (await readFreeBytes(target.client));
    const sizes = `The databases chosen have ${formatBytes(size)} on the source`;
    if (free === null && size > 0) {
      const used = await readDatabasesSize(target.client, null);
      return {
        checked: "",
        problems: [],
        notChecked: {
          because: `${sizes}, those on the target now ${formatBytes(used)}; a server does not tell how much storage it has free.`,
          remedy: adviceOf(target, providers.target, used, wanted),
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
