import type { ConnectionTestInput } from "@/lib/migrations/connection-test-contract";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import type { ConnectionTestReport, Probe } from "@/lib/postgres/probes/report";
import { targetServer, verifies } from "./create-request";
import type { WizardForm } from "./wizard-form";

export type Side = ConnectionTestInput["side"];

/** A test's report with exactly what was tested, so that a change of any field shows. Held in memory only. */
export interface FinishedTest {
  input: ConnectionTestInput;
  report: ConnectionTestReport;
}

/** What a connection test of the source sends. */
export function sourceTestInput(form: WizardForm): ConnectionTestInput {
  const { sslMode, howdah, secretParameters } = form.body.properties;
  return {
    side: "source",
    host: form.source.host.trim(),
    port: Number(form.source.port),
    user: form.source.user,
    password: secretParameters.adminCredentials.sourceServerPassword,
    sslMode,
    ...(verifies(sslMode) && howdah.sourceCaCertificate.trim()
      ? { caCertificate: howdah.sourceCaCertificate }
      : {}),
  };
}

/** What a connection test of the target sends; null while no target is chosen. */
export function targetTestInput(
  form: WizardForm,
  servers: readonly RegisteredServer[],
): ConnectionTestInput | null {
  const server = targetServer(form, servers);
  if (!server) return null;
  const { adminCredentials, targetServerUsername } = form.body.properties.secretParameters;
  return {
    side: "target",
    host: server.host,
    port: server.port,
    user: targetServerUsername,
    password: adminCredentials.targetServerPassword,
    sslMode: server.sslMode,
    ...(verifies(server.sslMode) && server.caCertificate ? { caCertificate: server.caCertificate } : {}),
  };
}

/** True when `test` was made with other values than `input` holds now. */
export function isStale(test: FinishedTest, input: ConnectionTestInput | null): boolean {
  return input === null || fingerprint(test.input) !== fingerprint(input);
}

/** True when the connection works with exactly these values. */
export function passes(test: FinishedTest | null, input: ConnectionTestInput | null): boolean {
  return test?.report.ok === true && !isStale(test, input);
}

/** Why Next does nothing yet, in a few words; null when it may go on. */
export function blockedReason(test: FinishedTest | null, input: ConnectionTestInput | null): string | null {
  if (test === null) return "Test the connection first";
  if (isStale(test, input)) return "Fields changed: test again";
  if (test.report.ok) return null;
  const failed = probesWith(test.report, "failed").length;
  return failed === 1 ? "1 failed probe" : `${failed} failed probes`;
}

/** The probes of a report with this outcome. */
export function probesWith(report: ConnectionTestReport, outcome: Probe["outcome"]): Probe[] {
  return report.probes.filter((probe) => probe.outcome === outcome);
}

function fingerprint(input: ConnectionTestInput): string {
  const { side, host, port, user, password, sslMode, caCertificate } = input;
  return JSON.stringify([side, host, port, user, password, sslMode, caCertificate ?? null]);
}
