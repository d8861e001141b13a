import type { ValidationMessage, ValidationSummaryItem } from "@/lib/migrations/validation-details";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { SERVER_RULES } from "./registry";
import { type CheckedRule, failureMessage, messagesOf, notChecked, summarize } from "./report";
import type { ServerContext, ServerRule, ValidationSession } from "./rule";
import {
  describeFailure,
  describeSession,
  maintenanceDatabases,
  openAnySession,
} from "./rules/authentication-and-connectivity";

export interface Endpoints {
  /** Their `database` is not used: the checks choose one that exists. */
  source: ConnectionSettings;
  target: ConnectionSettings;
  databases: readonly string[];
  signal: AbortSignal;
}

export interface ServerSessions {
  source: ValidationSession | null;
  target: ValidationSession | null;
  messages: ValidationMessage[];
}

/** Logs in on both sides at once; a side that refuses is null and has a failed message. The caller closes the sessions. */
export async function openServers({ source, target, databases, signal }: Endpoints): Promise<ServerSessions> {
  const [from, to] = await Promise.allSettled([
    openAnySession(source, maintenanceDatabases(databases), signal),
    openAnySession(target, maintenanceDatabases([]), signal),
  ]);
  const sessions: ServerSessions = {
    source: from.status === "fulfilled" ? from.value : null,
    target: to.status === "fulfilled" ? to.value : null,
    messages: [],
  };
  try {
    signal.throwIfAborted();
    for (const [side, settings, result] of [
      ["Source", source, from],
      ["Target", target, to],
    ] as const) {
      sessions.messages.push(
        result.status === "fulfilled"
          ? await describeSession(side, result.value)
          : describeFailure(side, settings, result.reason),
      );
    }
    return sessions;
  } catch (error) {
    await closeServers(sessions);
    throw error;
  }
}

/** Ends the sessions that are open. */
export async function closeServers({ source, target }: ServerSessions): Promise<void> {
  await Promise.all([source, target].map((session) => session?.client.end().catch(() => undefined)));
}

/** Runs the server rules (all, or only those that are always checked), the connectivity messages first. */
export async function checkServers(
  sessions: ServerSessions,
  databases: readonly string[],
  only: "all" | "always",
): Promise<ValidationSummaryItem[]> {
  const rules = SERVER_RULES.filter((rule) => only === "all" || rule.alwaysChecked);
  const checked: CheckedRule[] = [
    { type: "AuthenticationAndConnectivityValidation", messages: sessions.messages },
  ];
  const { source, target } = sessions;
  for (const rule of rules) {
    const messages =
      source && target
        ? await checkOne(rule, { source, target, databases })
        : [notChecked(rule.id, "a server could not be reached.")];
    checked.push({ type: rule.type, messages });
  }
  return summarize(checked);
}

async function checkOne(rule: ServerRule, context: ServerContext): Promise<ValidationMessage[]> {
  try {
    return messagesOf(rule, await rule.check(context));
  } catch (error) {
    return [failureMessage(error, `The check "${rule.id}" could not run:`)];
  }
}
