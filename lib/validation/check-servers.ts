import type pg from "pg";
import type { DatabaseFilter } from "@/lib/engine/filter/database-filter";
import type { ValidationMessage, ValidationSummaryItem } from "@/lib/migrations/validation-details";
import type { MigrationMode, OutputPluginName } from "@/lib/migrations/vocabulary";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import type { ServerFacts } from "@/lib/postgres/probes/catalog-queries";
import type { AzureFacts } from "./azure-facts";
import type { Provider } from "./provider";
import { SERVER_RULES } from "./registry";
import { type CheckedRule, messagesOf, notChecked, summarize, unrunMessage } from "./report";
import type { Rule, ServerContext, ServerRule, ValidationSession } from "./rule";
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
  mode: MigrationMode;
  /** What changes are to be read with; absent or null: chosen by Howdah. */
  plugin?: OutputPluginName | null;
  /** Who runs the source. */
  provider: Provider;
  /** Of databases that do not move whole, by name. */
  filters?: ReadonlyMap<string, DatabaseFilter>;
  /** Names on the target of databases that are called otherwise there. */
  targetNames?: ReadonlyMap<string, string>;
  /** True when databases that the target already has are replaced without asking. */
  overwrite?: boolean;
  /** What Azure tells of the target; absent when it was not found there. */
  azure?: AzureFacts;
  /** Told of the source once it has been reached. */
  onSource?: (facts: ServerFacts) => void;
  signal: AbortSignal;
}

/** True when a migration of this mode needs what the rule checks. */
export function isChecked(rule: Rule, mode: MigrationMode): boolean {
  return rule.mode === undefined || rule.mode === mode;
}

/** A target says by its settings who runs it. */
export interface TargetSession extends ValidationSession {
  provider: Provider;
}

export interface ServerSessions {
  source: ValidationSession | null;
  target: TargetSession | null;
  messages: ValidationMessage[];
}

/** Logs in on both sides at once; a side that refuses is null and has a failed message. The caller closes the sessions. */
export async function openServers(endpoints: Endpoints): Promise<ServerSessions> {
  const { source, target, databases, onSource, signal } = endpoints;
  const [from, to] = await Promise.allSettled([
    openAnySession(source, maintenanceDatabases(databases), signal),
    openAnySession(target, maintenanceDatabases([]), signal),
  ]);
  const sessions: ServerSessions = {
    source: from.status === "fulfilled" ? from.value : null,
    target: to.status === "fulfilled" ? { ...to.value, provider: "self-hosted" } : null,
    messages: [],
  };
  try {
    signal.throwIfAborted();
    if (sessions.source) onSource?.(sessions.source.facts);
    if (sessions.target) sessions.target.provider = await readProvider(sessions.target.client);
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

/** Azure's servers have parameters of their own name. */
async function readProvider(client: pg.Client): Promise<Provider> {
  const { rows } = await client.query<{ azure: boolean }>(
    "select current_setting('azure.extensions', true) is not null as azure",
  );
  return rows[0]?.azure ? "azure" : "self-hosted";
}

/** Ends the sessions that are open. */
export async function closeServers({ source, target }: ServerSessions): Promise<void> {
  await Promise.all([source, target].map((session) => session && endClient(session.client)));
}

/** Runs the server rules (all, or only those that are always checked), the connectivity messages first. */
export async function checkServers(
  sessions: ServerSessions,
  endpoints: Endpoints,
  only: "all" | "always",
): Promise<ValidationSummaryItem[]> {
  const rules = SERVER_RULES.filter(
    (rule) =>
      isChecked(rule, endpoints.mode) &&
      (only === "all" || rule.alwaysChecked) &&
      (!rule.asksAzure || endpoints.azure !== undefined),
  );
  const checked: CheckedRule[] = [
    { type: "AuthenticationAndConnectivityValidation", messages: sessions.messages },
  ];
  const { source, target } = sessions;
  for (const rule of rules) {
    const messages =
      source && target
        ? await checkOne(rule, { source, target, ...scopeOf(endpoints, target.provider) })
        : [notChecked(rule, "a server could not be reached.")];
    checked.push({ type: rule.type, messages });
  }
  return summarize(checked);
}

/** What rules are told beside the sessions. */
export function scopeOf(
  { databases, mode, plugin, provider, targetNames, overwrite, azure, signal }: Endpoints,
  targetProvider: Provider,
): Omit<ServerContext, "source" | "target"> {
  return {
    databases,
    mode,
    plugin: plugin ?? null,
    providers: { source: provider, target: targetProvider },
    ...(targetNames ? { targetNames } : {}),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(azure === undefined ? {} : { azure }),
    signal,
  };
}

async function checkOne(rule: ServerRule, context: ServerContext): Promise<ValidationMessage[]> {
  try {
    return messagesOf(rule, await rule.check(context), context.providers);
  } catch (error) {
    return [unrunMessage(rule, error)];
  }
}
