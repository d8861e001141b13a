import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { ScopeOptions } from "@/lib/cli/commands/shared-options";
import { demandConsent } from "@/lib/cli/demand-consent";
import { EXIT } from "@/lib/cli/exit-codes";
import { watchSignals } from "@/lib/cli/interruption";
import { barReporter } from "@/lib/cli/migrate/bar-reporter";
import { findPassword, takePasswordVariables } from "@/lib/cli/migrate/find-password";
import { lineReporter } from "@/lib/cli/migrate/line-reporter";
import type { Reporter } from "@/lib/cli/migrate/reporter";
import type { Output } from "@/lib/cli/output";
import type { Limit } from "@/lib/cli/parse-options";
import { flattenResource } from "@/lib/cli/print/flatten-resource";
import { checkQuery, printResult, type ResultOptions } from "@/lib/cli/print/result-format";
import { UsageError } from "@/lib/cli/usage-error";
import type { ThrottleOptions } from "@/lib/migrations/contract";
import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { MigrationAnswer } from "./answers";
import { connectServer, type ServerOptions } from "./connect-server";
import { describeMigration, describeMigrations } from "./describe-migration";
import { findMigration } from "./find-migration";
import { findServerId } from "./find-server";
import { followRemotely } from "./follow-remotely";
import { type HowdahClient, type MigrationWish, RequestRefused } from "./howdah-client";

/** Options every verb has. */
export interface MigrationCommandOptions extends ServerOptions, ResultOptions {
  /** Name of the target server, where several have a migration of the name. */
  server?: string;
}

interface WaitOption {
  wait?: true;
}

interface YesOption {
  yes?: true;
}

/** Runs a verb against the server; a refusal becomes its message and its exit code. Throws UsageError. */
export async function withServer(
  options: ServerOptions & ResultOptions,
  output: Output,
  run: (client: HowdahClient) => Promise<number>,
): Promise<number> {
  checkQuery(options.query);
  try {
    await using server = await connectServer(options);
    return await run(server.client);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    output.say(`${error.message} [${error.code}]`);
    if (error.remedy) output.say(`  ${error.remedy}`);
    return error.exitCode;
  }
}

interface ListOptions extends MigrationCommandOptions, ScopeOptions {
  filter: "Active" | "All";
}

/** `howdah migration list` */
export function listMigrations(options: ListOptions, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    if (options.output !== "table" || options.query !== undefined) {
      printResult((await listResources(client, options, output)).map(flattenResource), options, output);
      return EXIT.succeeded;
    }
    const { migrations } = await client.list();
    const server = options.server?.toLowerCase();
    const there = migrations.filter(
      ({ targetName }) => server === undefined || targetName.toLowerCase() === server,
    );
    // An unknown server has no migrations either; the API tells one from the other.
    if (options.server !== undefined && there.length === 0)
      await client.arm("GET", await findServerId(client, options.server, options, output));
    const shown = options.filter === "All" ? there : there.filter(({ state }) => !isTerminal(state));
    for (const line of describeMigrations(shown)) output.out(line);
    const ended = there.length - shown.length;
    if (ended > 0)
      output.say(`${countNoun(ended, "migration")} that ended not shown; --filter All shows all.`);
    return EXIT.succeeded;
  });
}

/** The ARM resources of one server's migrations, or of all servers', newest first. */
async function listResources(client: HowdahClient, options: ListOptions, output: Output): Promise<unknown[]> {
  const servers =
    options.server === undefined
      ? registeredServers.parse(await client.get("/api/servers")).servers.map(({ resourceId }) => resourceId)
      : [await findServerId(client, options.server, options, output)];
  const lists: unknown[][] = [];
  for (const id of servers) {
    lists.push(await client.armList(`${id}/migrations?migrationListFilter=${options.filter}`));
  }
  return lists.flat().sort((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1));
}

const registeredServers = z.looseObject({ servers: z.array(z.looseObject({ resourceId: z.string() })) });
const dated = z.looseObject({ systemData: z.looseObject({ createdAt: z.string() }) });

function createdAt(resource: unknown): string {
  return dated.safeParse(resource).data?.systemData.createdAt ?? "";
}

/** `howdah migration show` */
export function showMigration(
  name: string,
  options: MigrationCommandOptions,
  output: Output,
): Promise<number> {
  return withServer(options, output, async (client) => {
    const { migration } = await findMigration(client, name, options.server);
    await printMigration(client, migration, options, output, () => describeMigration(migration, Date.now()));
    return EXIT.succeeded;
  });
}

/** Prints the migration as its ARM resource, or `lines` for people. */
async function printMigration(
  client: HowdahClient,
  { resourceId }: Pick<MigrationAnswer, "resourceId">,
  options: ResultOptions,
  output: Output,
  lines: () => string[],
): Promise<void> {
  const forPeople = options.output === "table" && options.query === undefined;
  const resource = forPeople ? null : flattenResource(await client.arm("GET", resourceId));
  printResult(resource, options, output, lines);
}

interface Wished {
  /** Said once the wish is stored. */
  said: string;
  properties: MigrationWish;
  /** What --wait waits for. */
  until?: "ended" | "paused";
}

/** Stores a wish, if any, and, with --wait, shows what becomes of it. */
export async function express(
  client: HowdahClient,
  migration: MigrationAnswer,
  wished: Wished | null,
  options: MigrationCommandOptions & WaitOption,
  output: Output,
): Promise<number> {
  if (wished) await client.wish(migration.resourceId, wished.properties);
  if (!options.wait) {
    await printMigration(client, migration, options, output, () => [
      wished?.said.replace("%", migration.name) ?? migration.name,
    ]);
    return EXIT.succeeded;
  }
  using interruption = watchSignals();
  const reporter = chooseReporter(options, output);
  try {
    const until = wished?.until ?? "ended";
    const code = await followRemotely({ client, id: migration.id, reporter, interruption, until });
    // What standard output is for is the result; the way there was told on standard error.
    await printMigration(client, migration, options, output, () => []);
    return code;
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

interface CancelOptions extends MigrationCommandOptions, WaitOption, YesOption {
  /** Names on the source; all that are left when absent. */
  databases?: string[];
  dropTargets?: true;
  reason?: string;
}

/** `howdah migration cancel` */
export function cancelMigration(name: string, options: CancelOptions, output: Output): Promise<number> {
  const howdah = {
    dropTargetsOnCancel: options.dropTargets === true,
    ...(options.reason === undefined ? {} : { cancelReason: options.reason }),
  };
  return withServer(options, output, async (client) => {
    const { migration } = await findMigration(client, name, options.server);
    const after = options.dropTargets
      ? "The databases it created on the target are dropped."
      : "What it brought to the target stays.";
    const { databases } = options;
    const which = databases === undefined ? "" : `${joinNames(databases)} of `;
    await demandConsent(`Cancel ${which}${migration.name}? ${after}`, options);
    const named = databases === undefined ? {} : { dbsToCancelMigrationOn: databases };
    const wished = { said: `${which}% is being canceled.`, properties: { cancel: "True", howdah, ...named } };
    return await express(client, migration, wished, options, output);
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
    const removed = { id: migration.resourceId, name: migration.name, deleted: true };
    printResult(removed, options, output, () => [`${migration.name} was deleted from the list.`]);
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
    const { format } = options;
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

function chooseReporter({ output: format, query }: ResultOptions, output: Output): Reporter {
  const forPeople = format === "table" && query === undefined;
  const beside = forPeople ? output : { ...output, out: (line: string) => output.say(line) };
  return process.stderr.isTTY === true ? barReporter(beside) : lineReporter(beside);
}
