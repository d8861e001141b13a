import { resolveOptionalFilter } from "@/lib/engine/filter/resolve-filter";
import type { DatabaseValidation, ValidationMessage } from "@/lib/migrations/validation-details";
import { endClient } from "@/lib/postgres/end-client";
import { toCodedError } from "@/lib/postgres/errors";
import { describeCode } from "@/lib/util/error-codes";
import { type Endpoints, isChecked, type ServerSessions, scopeOf } from "./check-servers";
import { DATABASE_RULES } from "./registry";
import { type CheckedRule, failureMessage, messagesOf, notChecked, summarize, unrunMessage } from "./report";
import type { DatabaseContext, DatabaseRule, ValidationSession } from "./rule";
import { openSession } from "./rules/authentication-and-connectivity";

/** Runs the database rules on one database. When it cannot be opened they are reported as not checked. */
export async function checkDatabase(
  database: string,
  servers: ServerSessions,
  endpoints: Endpoints,
): Promise<DatabaseValidation> {
  const { source: settings, mode, filters, signal } = endpoints;
  const startedOn = new Date().toISOString();
  const done = (rules: CheckedRule[]): DatabaseValidation => ({
    databaseName: database,
    startedOn,
    endedOn: new Date().toISOString(),
    summary: summarize(rules),
  });
  const { source: server, target: targetServer } = servers;
  const rules = DATABASE_RULES.filter((rule) => isChecked(rule, mode));
  if (!server || !targetServer) return done(allNotChecked(rules, "a server could not be reached."));
  let source: ValidationSession;
  try {
    source = await openSession({ ...settings, database }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return done([
      { type: "AuthenticationAndConnectivityValidation", messages: [unopened(database, error)] },
      ...allNotChecked(rules, "the database could not be opened."),
    ]);
  }
  let target: ValidationSession | null = null;
  try {
    // A session of its own: databases are checked side by side, and a session answers one question at a time.
    target = await openSession(targetServer.settings, signal);
    const context: DatabaseContext = {
      database,
      source,
      target,
      ...scopeOf(endpoints, targetServer.provider),
      filter: await resolveOptionalFilter(source.client, filters?.get(database)),
    };
    const checked: CheckedRule[] = [opened(database)];
    for (const rule of rules) {
      signal.throwIfAborted();
      checked.push({ type: rule.type, messages: await checkOne(rule, context) });
    }
    return done(checked);
  } catch (error) {
    signal.throwIfAborted();
    const message = failureMessage(error, "The target could not be asked:");
    return done([{ type: "AuthenticationAndConnectivityValidation", messages: [message] }]);
  } finally {
    await endClient(source.client);
    if (target) await endClient(target.client);
  }
}

async function checkOne(rule: DatabaseRule, context: DatabaseContext): Promise<ValidationMessage[]> {
  try {
    return messagesOf(rule, await rule.check(context), context.providers);
  } catch (error) {
    return [unrunMessage(rule, error)];
  }
}

function opened(database: string): CheckedRule {
  const message = `Database "${database}" exists on the source and can be opened.`;
  return { type: "AuthenticationAndConnectivityValidation", messages: [{ state: "Succeeded", message }] };
}

function unopened(database: string, error: unknown): ValidationMessage {
  const coded = toCodedError(error, "CONNECTION_RESET", database);
  // It was chosen from a list, so a missing one has been dropped or renamed since.
  const code = coded.code === "DATABASE_MISSING" ? "DATABASE_VANISHED" : coded.code;
  const remedy = code === coded.code ? coded.remedy : describeCode(code).remedy;
  return { state: "Failed", message: coded.message, code, remedy, objects: [database] };
}

function allNotChecked(rules: readonly DatabaseRule[], because: string): CheckedRule[] {
  return rules.map((rule) => ({ type: rule.type, messages: [notChecked(rule, because)] }));
}
