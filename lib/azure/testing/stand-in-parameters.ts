import type { Answer, StandInArm } from "./stand-in-arm";

const PATH = /\/flexibleServers\/([^/]+)\/configurations\/([^/]+)$/i;
const OPERATION = "55555555-5555-5555-5555-555555555555";
/** Only a restart makes a change of these count. */
const STATIC = new Set(["shared_preload_libraries", "wal_level"]);

/** Parameters that can be changed: a PATCH is answered 202 with an operation, which is in progress once and then succeeds. */
export function serveParameters(arm: StandInArm): void {
  const values = new Map<string, { value: string; source: string }>();
  let polls = 0;
  arm.handle(({ method, path, body }): Answer | null => {
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    if (path.toLowerCase().includes("/azureasyncoperation/")) {
      polls += 1;
      const status = polls % 2 === 1 ? "InProgress" : "Succeeded";
      return { status: 200, headers, body: { name: OPERATION, status } };
    }
    const [, server, name] = PATH.exec(path) ?? [];
    if (server === undefined || name === undefined) return null;
    const key = `${server}/${name}`;
    if (method === "PATCH") {
      const { value = "", source } = (body as { properties: { value?: string; source: string } }).properties;
      values.set(key, { value, source });
      const link = `https://management.azure.com/subscriptions/1/providers/Microsoft.DBforPostgreSQL/locations/eastus/azureAsyncOperation/${OPERATION}?api-version=2025-08-01`;
      return { status: 202, headers: { ...headers, "Azure-AsyncOperation": link } };
    }
    const set = values.get(key);
    if (!set) return null;
    const isStatic = STATIC.has(name);
    const recorded = arm.recorded(path)?.body as { properties?: object } | undefined;
    const properties = {
      ...recorded?.properties,
      ...set,
      isDynamicConfig: !isStatic,
      isConfigPendingRestart: isStatic,
    };
    return { status: 200, headers, body: { name, properties } };
  });
}
