import type { ValidationDetails, ValidationSummaryItem } from "@/lib/migrations/validation-details";
import { inParallel } from "@/lib/util/in-parallel";
import { checkDatabase } from "./check-database";
import { checkServers, closeServers, type Endpoints, openServers } from "./check-servers";
import { statusOf } from "./report";

/** Databases checked at once; each takes one session on either side. */
const DATABASES_AT_ONCE = 4;

/**
 * Runs every rule and reports what was checked. What servers do never throws; an aborted signal does. A check that could not
 * run is in the report as such, never as a pass.
 */
export async function runValidation(endpoints: Endpoints): Promise<ValidationDetails> {
  const validationStartTimeInUtc = new Date().toISOString();
  const servers = await openServers(endpoints);
  try {
    const serverLevelValidationDetails = await checkServers(servers, endpoints, "all");
    const dbLevelValidationDetails = await inParallel(endpoints.databases, DATABASES_AT_ONCE, (database) =>
      checkDatabase(database, servers, endpoints),
    );
    endpoints.signal.throwIfAborted();
    const details = {
      validationStartTimeInUtc,
      validationEndTimeInUtc: new Date().toISOString(),
      serverLevelValidationDetails,
      dbLevelValidationDetails,
    };
    return { status: statusOf(details), ...details };
  } finally {
    await closeServers(servers);
  }
}

/** Runs only the checks without which a migration must not begin. Throws when the signal is aborted. */
export async function runAlwaysChecked(endpoints: Endpoints): Promise<ValidationSummaryItem[]> {
  const servers = await openServers(endpoints);
  try {
    const items = await checkServers(servers, endpoints, "always");
    endpoints.signal.throwIfAborted();
    return items;
  } finally {
    await closeServers(servers);
  }
}
