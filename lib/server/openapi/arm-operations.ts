import { ARM_PATTERNS, armTargetOfPattern } from "@/lib/arm/resource-id";
import { API_METHODS } from "@/lib/migrations/api-description";
import { API_VERSION } from "@/lib/migrations/resource-paths";
import { operationsOf } from "../arm/resolve";
import type { Method } from "../serve";
import { type DescribedOperation, operationIdOf } from "./described-operation";

/** The operations below /subscriptions, of the resolver that serves them. */
export function armOperations(): DescribedOperation[] {
  return ARM_PATTERNS.flatMap(([kind, path]) => {
    const operations = operationsOf(armTargetOfPattern(kind, path), API_VERSION);
    return API_METHODS.flatMap((method) => {
      const endpoint = operations[method.toUpperCase() as Method];
      const operationId = operationIdOf(method, [kind]);
      return endpoint
        ? [{ path, method, operationId, tag: "Azure Resource Manager" as const, endpoint }]
        : [];
    });
  });
}
