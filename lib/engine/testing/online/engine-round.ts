import type { OutputPlugin } from "../../cdc/change-stream";
import { captureName } from "../../cdc/slots";
import { createTargetDatabase } from "../../target-database";
import { Chance } from "../random/chance";
import { settingsOf } from "../settings-of";
import { EngineFollower } from "./engine-follower";
import { type FragileServer, type FragileServers, SOURCE_MAJORS, type SourceMajor } from "./fragile-servers";
import { type OnlineRoundOptions, type OnlineRoundResult, runOnlineRound, within } from "./online-round";
import { createOnlineSource } from "./online-source";
import { removeRoundDatabase, whatIsLeft } from "./round-databases";

export interface EngineRoundOptions extends OnlineRoundOptions {
  /** Chosen by the seed when absent. */
  major?: SourceMajor;
  plugin?: OutputPlugin;
}

export interface EngineRoundResult extends OnlineRoundResult {
  /** Which servers and plugin it was. */
  title: string;
  log: string[];
}

const PLUGINS = ["test_decoding", "pgoutput"] as const;
const END_LIMIT_MS = 20_000;

/** One database, moved, followed and cut over by the engine in this process, while things go wrong. */
export async function runEngineRound(
  servers: FragileServers,
  options: EngineRoundOptions,
): Promise<EngineRoundResult> {
  const chance = new Chance(options.seed + 500_000);
  const { major = chance.pick(SOURCE_MAJORS), plugin = chance.pick(PLUGINS) } = options;
  const [source, target] = [await servers.source(major), await servers.target()];
  const database = `app_${options.seed}`;
  const here = await createOnlineSource(source.server, database);
  await createTargetDatabase({
    source: here,
    target: settingsOf(target.server),
    name: database,
    signal: AbortSignal.timeout(60_000),
  });
  const follower = new EngineFollower({
    source: through(source, database),
    target: through(target, database),
    capture: { name: captureName("chaos", database), plugin },
    jobs: chance.between(1, 3),
    bytesPerSecond: chance.percent(50) ? null : chance.between(200_000, 1_000_000),
    rehearses: chance.percent(30),
  });
  const stage = { source, target, resets: [], interrupt: () => follower.interrupt() };
  const direct = ({ server }: FragileServer) => settingsOf(server, database);
  const pair = { source: () => direct(source), target: () => direct(target), stage, follower };
  const title = `${major} to 18, ${plugin}`;
  try {
    const result = await runOnlineRound(pair, options);
    const left = await whatIsLeft({ source, target });
    return { ...result, faults: [...result.faults, ...left], title, log: follower.log };
  } catch (error) {
    const ending = await end(follower);
    throw new Error(`${title}: ${error}${ending ?? ""}\n${follower.log.slice(-40).join("\n")}`, {
      cause: error,
    });
  } finally {
    await end(follower);
    await removeRoundDatabase(source, database);
    await removeRoundDatabase(target, database);
  }
}

/** Whatever the engine is at, it ends when it is told to; else a line that says so. */
async function end(follower: EngineFollower): Promise<string | null> {
  try {
    await within(follower.end(), END_LIMIT_MS, "; aborted, the engine did not end");
    return null;
  } catch (error) {
    return String(error);
  }
}

function through({ server, proxy }: FragileServer, database: string) {
  return { ...settingsOf(server, database), host: proxy.host, port: proxy.port };
}
