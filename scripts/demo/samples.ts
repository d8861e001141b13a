import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import { inventorydb } from "./samples/inventorydb";
import { ticketdb } from "./samples/ticketdb";
import { timedb } from "./samples/timedb";

const SAMPLES = [ticketdb, inventorydb, timedb] as const;
type Sample = (typeof SAMPLES)[number];

/** Names of the sample databases, in the order in which they are listed. */
export const SAMPLE_DATABASES: readonly string[] = SAMPLES.map((sample) => sample.name);

/**
 * Creates the sample databases on a server, some 150 MB in all and the same rows every time; `settings.database` is a
 * maintenance database of a superuser. A sample that is already there is left as it is. Needs PostgreSQL 12 or newer.
 */
export async function loadSamples(settings: ConnectionSettings): Promise<void> {
  const loads = await Promise.allSettled(SAMPLES.map((sample) => loadSample(settings, sample)));
  for (const load of loads) if (load.status === "rejected") throw load.reason;
}

async function loadSample(settings: ConnectionSettings, sample: Sample): Promise<void> {
  // Renamed only when complete: an interrupted load is begun again.
  const building = `${sample.name}_loading`;
  const maintenance = await connect(settings);
  try {
    const found = await maintenance.query("select from pg_database where datname = $1", [sample.name]);
    if (found.rowCount === 1) return;
    await maintenance.query(`drop database if exists ${ident(building)}`);
    await maintenance.query(`create database ${ident(building)} template template0 encoding 'UTF8'`);
    await runSteps({ ...settings, database: building }, sample.steps);
    await maintenance.query(`alter database ${ident(building)} rename to ${ident(sample.name)}`);
  } finally {
    await maintenance.end();
  }
}

async function runSteps(settings: ConnectionSettings, steps: readonly string[]): Promise<void> {
  const client = await connect(settings);
  try {
    // Rows must not depend on who loads them, from where.
    await client.query("set timezone = 'UTC'");
    await client.query("set synchronous_commit = off");
    for (const step of steps) await client.query(step);
  } finally {
    await client.end();
  }
}
