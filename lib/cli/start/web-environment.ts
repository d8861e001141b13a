import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

const ANY_ADDRESS = ["0.0.0.0", "::"];

/**
 * Environment of the web server. The address it listens at is also one it answers to; listening at all interfaces, these
 * are the machine's own addresses, which no foreign DNS name can stand for. Names have to be allowed by the user.
 */
export function webEnvironment(databaseUrl: string, host: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: "production",
    DATABASE_URL: databaseUrl,
    NEXT_TELEMETRY_DISABLED: "1",
    HOWDAH_ALLOWED_HOSTS: webHosts(host).join(","),
  };
}

/** Names and addresses, as in a Host header, that the dashboard answers to besides loopback when it listens at `host`. */
export function webHosts(host: string): string[] {
  const addresses = ANY_ADDRESS.includes(host) ? ownAddresses() : [host];
  const allowed = (process.env["HOWDAH_ALLOWED_HOSTS"] ?? "").split(/[\s,]+/);
  return [...allowed, ...addresses.map(asHostHeader)].filter(Boolean);
}

/** Address of the dashboard as a browser on this machine reaches it, e.g. "http://127.0.0.1:7432". */
export function originOf(host: string, port: number, scheme: "http" | "https" = "http"): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${scheme}://${asHostHeader(name)}:${port}`;
}

function asHostHeader(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  );
}
