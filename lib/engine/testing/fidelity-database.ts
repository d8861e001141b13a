import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { newerMajors } from "./fidelity/newer-majors";
import { partitionConstraints, partitions } from "./fidelity/partitions";
import { indexes, privileges, programs } from "./fidelity/programs";
import { rows } from "./fidelity/rows";
import { tables } from "./fidelity/tables";
import { types } from "./fidelity/types";

/** Creates the roles that own, read and are named in the fidelity database; needed on both servers. */
export async function createFidelityRoles(settings: ConnectionSettings): Promise<void> {
  const client = await connect(settings);
  try {
    await client.query("create role fidelity_owner nologin; create role fidelity_reader nologin");
  } finally {
    await client.end();
  }
}

/** Fills an empty database with at least one of every kind of object its server knows. Needs a superuser. */
export async function fillFidelityDatabase(settings: ConnectionSettings): Promise<void> {
  const client = await connect(settings);
  try {
    const version = await client.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    );
    const major = version.rows[0]?.major ?? 0;
    const newer = Object.entries(newerMajors).filter(([since]) => Number(since) <= major);
    await client.query("set timezone = 'UTC'");
    const steps = [types, tables, partitions, rows, partitionConstraints, indexes, programs];
    for (const step of [...steps, ...newer.map(([, sql]) => sql), privileges]) await client.query(step);
  } finally {
    await client.end();
  }
}
