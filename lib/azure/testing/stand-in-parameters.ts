import type { Answer, StandInArm } from "./stand-in-arm";

const PATH = /\/flexibleServers\/([^/]+)\/configurations\/([^/]+)$/i;
const RESTART = /\/flexibleServers\/([^/]+)\/restart$/i;
const OPERATION = "55555555-5555-5555-5555-555555555555";
/** Only a restart makes a change of these count. */
const STATIC = new Set(["shared_preload_libraries", "wal_level"]);

/** The server behind the stand-in, where there is one: what is set in Azure comes true there. */
export interface StandInBehind {
  /** `value` is null for the default. */
  set(name: string, value: string | null): Promise<void>;
  restart(): Promise<void>;
  /** True: an operation is done when it is first asked about, for tests with many of them. */
  isQuick?: boolean;
}

interface Setting {
  value: string;
  isPendingRestart: boolean;
}

/**
 * Parameters that can be changed: a PATCH is answered 202 with an operation, which is in progress once and then succeeds. A
 * restart, which is answered without a body, lets the static ones count.
 */
export function serveParameters(arm: StandInArm, behind?: StandInBehind): void {
  const values = new Map<string, Setting>();
  let polls = 0;
  let done: Promise<void> = Promise.resolve();
  arm.handle(({ method, path, body }): Answer | Promise<Answer> | null => {
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    if (path.toLowerCase().includes("/azureasyncoperation/")) {
      polls += 1;
      const status = polls % 2 === 1 && !behind?.isQuick ? "InProgress" : "Succeeded";
      return done.then(() => ({ status: 200, headers, body: { name: OPERATION, status } }));
    }
    if (method === "POST" && RESTART.test(path)) {
      for (const setting of values.values()) setting.isPendingRestart = false;
      return (behind?.restart() ?? Promise.resolve()).then(() => ({ status: 200, headers: {} }));
    }
    const [, server, name] = PATH.exec(path) ?? [];
    if (server === undefined || name === undefined) return null;
    const key = `${server}/${name}`;
    if (method === "PATCH") {
      const { value = "", source } = (body as { properties: { value?: string; source: string } }).properties;
      const isDefault = source === "system-default";
      if (isDefault) values.delete(key);
      else values.set(key, { value, isPendingRestart: STATIC.has(name) });
      done = behind?.set(name, isDefault ? null : value) ?? Promise.resolve();
      const link = `https://management.azure.com/subscriptions/1/providers/Microsoft.DBforPostgreSQL/locations/eastus/azureAsyncOperation/${OPERATION}?api-version=2025-08-01`;
      return { status: 202, headers: { ...headers, "Azure-AsyncOperation": link } };
    }
    const set = values.get(key);
    if (!set) return null;
    const recorded = arm.recorded(path)?.body as { properties?: object } | undefined;
    const properties = {
      ...recorded?.properties,
      value: set.value,
      source: "user-override",
      isDynamicConfig: !STATIC.has(name),
      isConfigPendingRestart: set.isPendingRestart,
    };
    return { status: 200, headers, body: { name, properties } };
  });
}
