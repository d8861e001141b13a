/**
 * Shows Howdah at work, with nothing but this clone: a PostgreSQL 16 source with three sample databases, a PostgreSQL 17
 * target, and one migration created through the ARM route. Compares both servers itself and stays up for a look around.
 *
 *   npm run demo              stays up until Ctrl-C
 *   npm run demo -- --exit    ends after the result: exit code 0 when everything arrived, else 1
 */
import { parseArgs } from "node:util";
import { DEFAULT_PORT } from "@/lib/cli/commands/address-options";
import { installationRoot } from "@/lib/cli/installation";
import { aborted, watchSignals } from "@/lib/cli/interruption";
import { formatSourceAddress } from "@/lib/migrations/contract";
import { formatDuration } from "@/lib/migrations/format-duration";
import { countNoun } from "@/lib/migrations/format-quantity";
import { ArmClient } from "./demo/arm-client";
import { compareDatabase, type TableComparison } from "./demo/compare-databases";
import { type HowdahProcess, startHowdah } from "./demo/howdah-process";
import { resultLines } from "./demo/print-result";
import { type SampleServers, startSampleServers } from "./demo/sample-servers";
import { SAMPLE_DATABASES } from "./demo/samples";
import { showProgress } from "./demo/show-progress";

async function createMigration(client: ArmClient, { source, target }: SampleServers): Promise<string> {
  const serverId = await client.putServer("demo-target", {
    properties: {
      fullyQualifiedDomainName: target.host,
      administratorLogin: target.user,
      administratorLoginPassword: target.password,
      howdah: { port: target.port, sslMode: "Require" },
    },
  });
  return await client.putMigration(serverId, "demo", {
    properties: {
      migrationMode: "Offline",
      migrationOption: "ValidateAndMigrate",
      sourceType: "OnPremises",
      sslMode: "Require",
      sourceDbServerResourceId: formatSourceAddress(source),
      secretParameters: {
        adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
      },
      dbsToMigrate: [...SAMPLE_DATABASES],
      overwriteDbsInTarget: "False",
    },
  });
}

/** Migrates the samples and compares both sides; true when every table is equal. */
async function migrateAndCompare(
  servers: SampleServers,
  howdah: HowdahProcess,
  signal: AbortSignal,
): Promise<boolean> {
  const client = new ArmClient(howdah.origin, await howdah.createToken("operator"));
  const id = await createMigration(client, servers);
  console.log(
    `The migration's page: ${howdah.origin}/migrations/${id}\nSign in first: ${howdah.signInLink}\n`,
  );
  const details = await showProgress(client, id, signal);
  console.log("\nComparing both servers ...\n");
  const tables: TableComparison[] = [];
  for (const database of SAMPLE_DATABASES) {
    tables.push(...(await compareDatabase(database, servers, signal)));
  }
  for (const line of resultLines(tables)) console.log(line);
  const different = tables.filter((table) => !table.equal).length;
  const complete = details.state === "Succeeded" && tables.length > 0 && different === 0;
  console.log(
    complete
      ? `\nAll ${countNoun(tables.length, "table")} are equal on both servers.`
      : `\nNot everything arrived: ${details.state}, ${countNoun(different, "table")} of ${tables.length} differ.`,
  );
  return complete;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { exit: { type: "boolean", default: false } } });
  using interruption = watchSignals();
  const startedAt = Date.now();
  console.log(
    "Starting a PostgreSQL 16 source with ticketdb, inventorydb and timedb, and a PostgreSQL 17 target ...",
  );
  await using servers = await startSampleServers();
  console.log(
    `Source 127.0.0.1:${servers.source.port}, target 127.0.0.1:${servers.target.port}. Starting Howdah ...`,
  );
  await using howdah = await startHowdah({ root: installationRoot(), preferredPort: DEFAULT_PORT });
  let complete = false;
  try {
    complete = await migrateAndCompare(servers, howdah, interruption.asked);
  } catch (error) {
    if (interruption.asked.aborted) return 130;
    throw error;
  }
  console.log(`Done in ${formatDuration(Date.now() - startedAt)}.`);
  if (!values.exit) {
    console.log(`\nHowdah stays up. Sign in: ${howdah.signInLink}\nCtrl-C stops everything.`);
    await Promise.race([aborted(interruption.asked), howdah.ended]);
  }
  return complete ? 0 : 1;
}

process.exitCode = await main();
