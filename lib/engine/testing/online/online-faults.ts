import { setTimeout as sleep } from "node:timers/promises";
import type { Chance } from "../random/chance";
import { settingsOf } from "../settings-of";
import { queryRows } from "../with-session";
import type { FragileServer } from "./fragile-servers";

/** What can be broken in an online round. */
export interface Stage {
  source: FragileServer;
  target: FragileServer;
  /** Breaks off whoever follows the source, and lets it begin again; says what was done. */
  interrupt: (chance: Chance) => Promise<string>;
  /** Times at which the target may go back: it crashed before it had written what it had committed. */
  resets: string[];
}

/** Something that goes wrong. Resolves when everything is up again; says what was done, for the report. */
export type OnlineFault = (stage: Stage, chance: Chance) => Promise<string>;

const SIDES = ["source", "target"] as const;

const endSender: OnlineFault = async ({ source }) => {
  const rows = await queryRows(
    settingsOf(source.server),
    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'walsender'",
  );
  return `${rows.length} senders of changes ended`;
};

const endSessions: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  const rows = await queryRows<{ name: string }>(
    settingsOf(stage[side].server),
    `select application_name as name, pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'howdah%' and random() <= $1`,
    [chance.between(30, 100) / 100],
  );
  return `${rows.length} sessions of the ${side} ended (${[...new Set(rows.map(({ name }) => name))].join(", ")})`;
};

const restartServer: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  const ms = chance.between(0, 2_000);
  const { server } = stage[side];
  await server.kill();
  if (side === "target") stage.resets.push(new Date().toISOString());
  await sleep(ms);
  stage[side].server = await server.restart();
  return `${side} killed and started again after ${ms} ms`;
};

const cut: OnlineFault = async (stage, chance) => {
  const sides = chance.pick([["source"], ["target"], ["source", "target"]] as const);
  for (const side of sides) stage[side].proxy.cut();
  return `connections to ${sides.join(" and ")} cut`;
};

/** Cut in the middle of a message, some bytes on. */
const cutLater: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  const bytes = chance.between(1, 300_000);
  stage[side].proxy.cutAfter(bytes);
  await sleep(chance.between(200, 1_500));
  stage[side].proxy.cutAfter(null);
  return `connections to the ${side} cut after ${bytes} bytes each`;
};

const stall: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  const ms = chance.between(500, 5_000);
  stage[side].proxy.stall();
  await sleep(ms);
  stage[side].proxy.resume();
  return `network to the ${side} stalled for ${ms} ms`;
};

const slow: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  const [bytes, ms] = [chance.between(5_000, 200_000), chance.between(500, 4_000)];
  stage[side].proxy.slowTo(bytes);
  await sleep(ms);
  stage[side].proxy.slowTo(null);
  return `network to the ${side} slowed to ${bytes} bytes/s for ${ms} ms`;
};

/** The server holds what nobody reads any more, the slot among it, until it gives up. */
const leaveServer: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  stage[side].proxy.halfOpen("server");
  return `connections ended, of which the ${side} knows nothing`;
};

/** We hold connections on which nothing will ever come again. */
const leaveClient: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  stage[side].proxy.halfOpen("client");
  return `connections to the ${side} dead without a word`;
};

/** A firewall that knows connections no more: neither side is told, and new ones are let through. */
const forget: OnlineFault = async (stage, chance) => {
  const side = chance.pick(SIDES);
  stage[side].proxy.stallOnly("howdah");
  return `connections to the ${side} pass nothing on any more`;
};

/** Faults of which nobody is told: they have to be waited for. */
export const SILENT_FAULTS: ReadonlySet<string> = new Set(["leave-client", "forget"]);

export const ONLINE_FAULTS: Record<string, OnlineFault> = {
  interrupt: ({ interrupt }, chance) => interrupt(chance),
  "end-sender": endSender,
  "end-sessions": endSessions,
  "restart-server": restartServer,
  cut,
  "cut-later": cutLater,
  stall,
  slow,
  "leave-server": leaveServer,
  "leave-client": leaveClient,
  forget,
};
