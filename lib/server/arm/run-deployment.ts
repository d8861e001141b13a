import { randomUUID } from "node:crypto";
import { setInterval } from "node:timers/promises";
import type { ArmErrorDetail } from "@/lib/arm/arm-error";
import type { StoredOperation } from "@/lib/arm/deployment-operations";
import { toArmError } from "@/lib/arm/map-error";
import {
  endAbandonedDeployments,
  endDeployment,
  noteCanceled,
  noteOperations,
} from "@/lib/store/deployments";
import { logger } from "@/lib/util/log";
import { ensureMigration } from "./create-migration";
import { DEPLOYMENT_SCOPE, type DeploymentPlan, inTemplate } from "./plan-deployment";

const BEAT_MS = 10_000;
/** Migrations of a template that are created at the same time; each takes a connection of the store. */
const AT_ONCE = 5;
/** A process that was not heard of for so long has ended. */
const ABANDONED_AFTER_MS = 60_000;

const log = logger("web");

/** Ends deployments whose process ended before them: their passwords were known to it alone, so that no other can go on. */
export async function settleAbandoned(now = Date.now()): Promise<void> {
  await endAbandonedDeployments(new Date(now - ABANDONED_AFTER_MS), {
    code: "DeploymentInterrupted",
    message:
      "Howdah was stopped while it deployed. Deploy the template again: what was created is left as it is.",
  });
}

interface DeploymentRun {
  runId: string;
  plan: DeploymentPlan;
  actor: string;
}

/**
 * Creates the migrations of a deployment, those that do not depend on each other at the same time, and notes what became of each. As
 * with Resource Manager, one that fails stops only those that depend on it, and a cancel lets those that have begun be finished. Never
 * throws.
 */
export async function runDeployment({ runId, plan, actor }: DeploymentRun): Promise<void> {
  const beating = new AbortController();
  const heart = beat(runId, beating.signal);
  const operations: StoredOperation[] = [];
  try {
    await createAll(plan, actor, operations, () => noteOperations(runId, operations));
    const error = errorOf(operations);
    const made = operations.filter(({ state }) => state === "Succeeded");
    const outputResources = made.map(({ resourceId }) => resourceId);
    const outputs = error === null ? plan.evaluated.outputs : {};
    const isEnded = await endDeployment(runId, { outputs, outputResources, operations, error });
    if (!isEnded) await noteCanceled(runId, { operations, outputResources });
  } catch (error) {
    // The store is away. Once it is back the deployment counts as abandoned.
    log.error({ err: error, runId }, "A deployment could not be noted.");
  } finally {
    beating.abort();
    await heart;
  }
}

type PlannedMigration = DeploymentPlan["migrations"][number];

/**
 * Creates each migration once all it depends on are there, until `goesOn` tells that the deployment is over; what has begun by then
 * is finished. What depends on a failed one is not begun.
 */
async function createAll(
  { migrations }: DeploymentPlan,
  actor: string,
  operations: StoredOperation[],
  goesOn: () => Promise<boolean>,
): Promise<void> {
  const waiting = new Set(migrations);
  const made = new Set<string>();
  const running = new Map<string, Promise<void>>();
  try {
    for (;;) {
      const ready = running.size < AT_ONCE ? firstReady(waiting, made) : undefined;
      if (!ready && running.size === 0) return;
      if (!ready) {
        await Promise.race(running.values());
        continue;
      }
      waiting.delete(ready);
      const operation = begunOperation(ready);
      operations.push(operation);
      if (!(await goesOn())) {
        operations.pop();
        return;
      }
      const { id } = ready.migration;
      const creating = create(ready, actor, operation).then(() => {
        running.delete(id);
        if (operation.state === "Succeeded") made.add(id);
      });
      running.set(id, creating);
    }
  } finally {
    await Promise.all(running.values());
  }
}

/** In the order of the plan, the first that waits for nothing. */
function firstReady(
  waiting: ReadonlySet<PlannedMigration>,
  made: ReadonlySet<string>,
): PlannedMigration | undefined {
  return [...waiting].find(({ migration }) => migration.dependsOn.every((before) => made.has(before)));
}

function begunOperation({ migration }: PlannedMigration): StoredOperation {
  return {
    operationId: randomUUID(),
    resourceId: migration.id,
    state: "Running",
    startedAt: new Date().toISOString(),
    endedAt: null,
    statusCode: null,
    error: null,
  };
}

/** Creates one migration and writes into its operation what became of it. */
async function create(
  { migration, body }: PlannedMigration,
  actor: string,
  operation: StoredOperation,
): Promise<void> {
  try {
    // Conditions of the request are those of the deployment, not of what it makes.
    const request = new Request("http://localhost/", { method: "PUT" });
    const { isNew } = await ensureMigration({ ...DEPLOYMENT_SCOPE, ...migration }, { body, actor, request });
    Object.assign(operation, { state: "Succeeded", statusCode: isNew ? "Created" : "OK" });
  } catch (error) {
    const told = detailOf(inTemplate(error, migration));
    Object.assign(operation, { state: "Failed", statusCode: told.statusCode, error: told.detail });
  } finally {
    operation.endedAt = new Date().toISOString();
  }
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  404: "NotFound",
  409: "Conflict",
};

function detailOf(error: unknown): { statusCode: string; detail: ArmErrorDetail } {
  const known = toArmError(error);
  if (known) return { statusCode: STATUS_WORDS[known.status] ?? "BadRequest", detail: known.toBody().error };
  log.error({ err: error }, "A migration of a deployment could not be created.");
  const detail = { code: "InternalServerError", message: "Howdah itself failed; its log tells more." };
  return { statusCode: "InternalServerError", detail };
}

/** Resource Manager's error around those of the resources that failed; null when none did. */
function errorOf(operations: readonly StoredOperation[]): ArmErrorDetail | null {
  const details = operations.flatMap(({ error }) => (error === null ? [] : [error]));
  const [first] = details;
  if (!first) return null;
  const more = details.length === 1 ? "" : ` ${details.length - 1} more failed.`;
  const message = `At least one resource deployment operation failed: ${first.message}${more} What was created stays; what depends on a failed one was not begun.`;
  return { code: "DeploymentFailed", message, details };
}

async function beat(runId: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(BEAT_MS, undefined, { signal, ref: false }))
      await noteOperations(runId);
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, runId }, "A deployment could not say that it goes on.");
  }
}
