import { connectionTestBody } from "@/lib/migrations/connection-test-contract";
import { endpoint } from "../endpoint";
import { demandAllowedHost } from "../network-policy";
import { countUse } from "../rate-limit";
import * as schemas from "../read-schemas";
import { testConnection } from "../test-connection";

/** A test probes the network from this machine: enough for a person, too slow for a scan. */
const TESTS = { name: "connection test", most: 30, withinMs: 60_000 };

/** POST /api/connection-tests: tries the way to a server step by step. The password is used and forgotten. */
export const runConnectionTest = endpoint({
  action: "Howdah/connectionTests/action",
  access: "operator",
  summary: "Tries the way to a server step by step.",
  body: connectionTestBody,
  output: schemas.connectionTestReport,
  async handle({ actor, body, note, request }) {
    const { side, caCertificate, ...settings } = body;
    note({ subject: `${body.host}:${body.port}`, data: { side, user: body.user } });
    countUse(TESTS, actor.tokenId ?? actor.name);
    await demandAllowedHost(body.host, "host");
    const report = await testConnection(
      { ...settings, ...(caCertificate ? { caCertificate } : {}) },
      side,
      request.signal,
    );
    const failed = report.probes.find((probe) => probe.outcome === "failed");
    note({ data: { side, user: body.user, ok: report.ok, ...(failed?.code ? { code: failed.code } : {}) } });
    return { body: report };
  },
});
