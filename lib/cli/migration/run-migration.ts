import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { demandConsent } from "@/lib/cli/demand-consent";
import { EXIT } from "@/lib/cli/exit-codes";
import { watchSignals } from "@/lib/cli/interruption";
import { barReporter } from "@/lib/cli/migrate/bar-reporter";
import { findPassword, takePasswordVariables } from "@/lib/cli/migrate/find-password";
import { jsonReporter } from "@/lib/cli/migrate/json-reporter";
import { lineReporter } from "@/lib/cli/migrate/line-reporter";
import type { Reporter } from "@/lib/cli/migrate/reporter";
import type { Output } from "@/lib/cli/output";
import { UsageError } from "@/lib/cli/usage-error";
import type { ThrottleOptions } from "@/lib/migrations/contract";
import { joinNames } from "@/lib/migrations/format-quantity";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { MigrationAnswer } from "./answers";
import { connectServer, type ServerOptions } from "./connect-server";
import { describeMigration, describeMigrations } from "./describe-migration";
import { findMigration } from "./find-migration";
import { followRemotely } from "./follow-remotely";
import { type HowdahClient, type MigrationWish, RequestRefused } from "./howdah-client";

/** Options every verb has. */
export interface MigrationCommandOptions extends ServerOptions {
  /** Name of the target server, where several have a migration of the name. */
  server?: string;
  output: "table" | "json";
}

interface WaitOption {
  wait?: true;
}

interface YesOption {
  yes?: true;
}

/** Runs a verb against the server; a refusal becomes its message and its exit code. Throws UsageError. */
async function withServer(
  options: MigrationCommandOptions,
  output: Output,
  run: (client: HowdahClient) => Promise<number>,
): Promise<number> {
  try {
    await using server = await connectServer(options);
    return await run(server.client);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    output.say(`${error.message} [${error.code}]`);
    return error.exitCode;
  }
}

/** `howdah migration list` */
export function listMigrations(
  options: MigrationCommandOptions & { active?: true },
  output: Output,
): Promise<number> {
  return withServer(options, output, async (client) => {
    const { migrations } = await client.list();
    const shown = options.active ? migrations.filter(({ state }) => !isTerminal(state)) : migrations;
    if (options.output === "json") output.out(JSON.stringify(shown, null, 2));
    else for (const line of describeMigrations(shown)) output.out(line);
    return EXIT.succeeded;
  });
}

/** `howdah migration show` */
export function showMigration(
  name: string,
  options: MigrationCommandOptions,
  output: Output,
): Promise<number> {
  return withServer(options, output, async (client) => {
    const { migration, raw } = await findMigration(client, name, options.server);
    if (options.output === "json") output.out(JSON.stringify(raw, null, 2));
    else for (const line of describeMigration(migration, Date.now())) output.out(line);
    return EXIT.succeeded;
  });
}

interface Wished {
  /** Said once the wish is stored. */
  said: string;
  properties: MigrationWish;
  /** What --wait waits for. */
  until?: "ended" | "paused";
}

/** Stores a wish and, with --wait, shows what becomes of it. */
async function express(
  client: HowdahClient,
  migration: MigrationAnswer,
  wished: Wished,
  options: MigrationCommandOptions & WaitOption,
  output: Output,
): Promise<number> {
  await client.wish(migration.resourceId, wished.properties);
  if (!options.wait) {
    const { migration: after, raw } = await client.read(migration.id);
    if (options.output === "json") output.out(JSON.stringify(raw, null, 2));
    else output.out(wished.said.replace("%", after.name));
    return EXIT.succeeded;
  }
  using interruption = watchSignals();
  const reporter = chooseReporter(options, output);
  try {
    const until = wished.until ?? "ended";
    return await followRemotely({ client, id: migration.id, reporter, interruption, until });
  } finally {
    reporter.close();
  }
}

function wish(
  name: string,
  options: MigrationCommandOptions & WaitOption,
  output: Output,
  wished: Wished,
): Promise<number> {
  return withServer(options, output, async (client) => {
    const { migration } = await findMigration(client, name, options.server);
    return await express(client, migration, wished, options, output);
  });
}

/** `howdah migration pause` */
export function pauseMigration(
  name: string,
  options: MigrationCommandOptions & WaitOption,
  output: Output,
): Promise<number> {
  const properties = { howdah: { paused: true } };
  return wish(name, options, output, { said: "% is pausing.", properties, until: "paused" });
}

/** `howdah migration resume` */
export function resumeMigration(
  name: string,
  options: MigrationCommandOptions & WaitOption,
  output: Output,
): Promise<number> {
  return wish(name, options, output, { said: "% goes on.", properties: { howdah: { paused: false } } });
}

/** A limit as typed. */
export type Limit = number | "none";

/** `howdah migration throttle`; what is absent stays as it is. Throws UsageError when nothing is asked. */
export function throttleMigration(
  name: string,
  options: MigrationCommandOptions & { rate?: Limit; connections?: Limit; none?: true },
  output: Output,
): Promise<number> {
  const throttle: ThrottleOptions = options.none
    ? { megabytesPerSecond: null, connections: null }
    : {
        ...(options.rate === undefined ? {} : { megabytesPerSecond: limitOf(options.rate) }),
        ...(options.connections === undefined ? {} : { connections: limitOf(options.connections) }),
      };
  if (Object.keys(throttle).length === 0) {
    throw new UsageError("Name at least one limit: --rate, --connections, or --none.");
  }
  return wish(name, options, output, {
    said: "The limits of % are set.",
    properties: { howdah: { throttle } },
  });
}

function limitOf(limit: Limit): number | null {
  return limit === "none" ? null : limit;
}

/** `howdah migration cancel` */
export function cancelMigration(
  name: string,
  options: MigrationCommandOptions & WaitOption & { dropTargets?: true; reason?: string },
  output: Output,
): Promise<number> {
  const howdah = {
    dropTargetsOnCancel: options.dropTargets === true,
    ...(options.reason === undefined ? {} : { cancelReason: options.reason }),
  };
  return wish(name, options, output, {
    said: "% is being canceled.",
    properties: { cancel: "True", howdah },
  });
}

/** `howdah migration retry` and `howdah migration restart`. Throws UsageError without passwords or consent. */
export function retryMigration(
  name: string,
  scope: "Failed" | "Everything",
  options: MigrationCommandOptions & WaitOption & YesOption,
  output: Output,
): Promise<number> {
  const variables = takePasswordVariables(process.env);
  return withServer(options, output, async (client) => {
    const { migration } = await findMigration(client, name, options.server);
    if (scope === "Everything") {
      const dropped = migration.databaseProgress.filter((database) => database.createdOnTarget);
      const names = joinNames(dropped.map((database) => database.targetName));
      const loss = dropped.length === 0 ? "" : ` ${names} on ${migration.targetName} will be dropped first.`;
      await demandConsent(`Restart ${migration.name} from its beginning?${loss}`, options);
    }
    const properties = {
      howdah: { retry: scope },
      secretParameters: {
        adminCredentials: {
          sourceServerPassword: await findPassword("source", addressOf(migration, "source"), variables),
          targetServerPassword: await findPassword("target", addressOf(migration, "target"), variables),
        },
      },
    };
    const said = scope === "Failed" ? "What failed of % is tried again." : "% begins anew.";
    return await express(client, migration, { said, properties }, options, output);
  });
}

/** `howdah migration delete`. Throws UsageError without consent. */
export function deleteMigration(
  name: string,
  options: MigrationCommandOptions & YesOption,
  output: Output,
): Promise<number> {
  return withServer(options, output, async (client) => {
    const { migration } = await findMigration(client, name, options.server);
    await demandConsent(
      `Delete the record of ${migration.name}, its log and reports? No database is touched.`,
      options,
    );
    await client.remove(migration.resourceId);
    if (options.output === "json")
      output.out(JSON.stringify({ id: migration.id, name: migration.name, deleted: true }));
    else output.out(`${migration.name} was deleted from the list.`);
    return EXIT.succeeded;
  });
}

/** `howdah migration log` */
export function printLog(
  name: string,
  options: MigrationCommandOptions & { format: "text" | "jsonl"; file?: string },
  output: Output,
): Promise<number> {
  return withServer(options, output, async (client) => {
    using interruption = watchSignals();
    const { migration } = await findMigration(client, name, options.server);
    const format = options.output === "json" ? "jsonl" : options.format;
    const pieces = client.log(migration.id, format, interruption.asked);
    if (options.file === undefined) {
      for await (const line of linesOf(pieces)) output.out(line);
    } else {
      await pipeline(pieces, createWriteStream(options.file), { signal: interruption.asked });
      output.say(`The log of ${migration.name} is in ${options.file}.`);
    }
    return EXIT.succeeded;
  });
}

/** Whole lines, without their ends. */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function addressOf(migration: MigrationAnswer, side: "source" | "target") {
  const { sourceHost, sourcePort, sourceUser, targetHost, targetPort, targetUser, sslMode } = migration;
  const address =
    side === "source"
      ? { host: sourceHost, port: sourcePort, user: sourceUser }
      : { host: targetHost, port: targetPort, user: targetUser };
  return { ...address, password: null, database: null, sslMode, caCertificate: null };
}

function chooseReporter({ output: format }: MigrationCommandOptions, output: Output): Reporter {
  if (format === "json") return jsonReporter(output);
  return process.stderr.isTTY === true ? barReporter(output) : lineReporter(output);
}
