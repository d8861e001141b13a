import type { ThrottleOptions } from "@/lib/migrations/contract";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";

type Throttle = MigrationDetails["throttle"];

/** The limits as typed; empty is no limit. */
export interface LimitsForm {
  megabytesPerSecond: string;
  connections: string;
}

export interface LimitsProblems {
  megabytesPerSecond?: string;
  connections?: string;
}

export const NO_LIMITS: LimitsForm = { megabytesPerSecond: "", connections: "" };

const RATE_MIN = 0.1;
const RATE_MAX = 100_000;
const CONNECTIONS_MAX = 64;

/** The form with the limits that hold now. */
export function limitsFormOf({ megabytesPerSecond, connections }: Throttle): LimitsForm {
  return {
    megabytesPerSecond: megabytesPerSecond === null ? "" : String(megabytesPerSecond),
    connections: connections === null ? "" : String(connections),
  };
}

/** What is wrong with the fields; empty when they can be sent. */
export function limitsProblems(form: LimitsForm): LimitsProblems {
  const rate = form.megabytesPerSecond.trim();
  const connections = form.connections.trim();
  return {
    ...(rate === "" || isRate(rate)
      ? {}
      : { megabytesPerSecond: `Enter a number from ${RATE_MIN} to ${RATE_MAX}, or nothing for no limit.` }),
    ...(connections === "" || isConnections(connections)
      ? {}
      : { connections: `Enter a whole number from 1 to ${CONNECTIONS_MAX}, or nothing for no limit.` }),
  };
}

/** The limits as PATCH takes them. */
export function throttleOf(form: LimitsForm): ThrottleOptions {
  const rate = form.megabytesPerSecond.trim();
  const connections = form.connections.trim();
  return {
    megabytesPerSecond: rate === "" ? null : Number(rate),
    connections: connections === "" ? null : Number(connections),
  };
}

/** "limit 5 MB/s, 2 connections"; null when there is none. */
export function limitText({ megabytesPerSecond, connections }: Throttle): string | null {
  const parts = [
    megabytesPerSecond !== null && `${megabytesPerSecond} MB/s`,
    connections !== null && countNoun(connections, "connection"),
  ].filter((part) => part !== false);
  return parts.length === 0 ? null : `limit ${parts.join(", ")}`;
}

function isRate(text: string): boolean {
  const value = Number(text);
  return /^\d+(\.\d+)?$/.test(text) && value >= RATE_MIN && value <= RATE_MAX;
}

function isConnections(text: string): boolean {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= 1 && value <= CONNECTIONS_MAX;
}
