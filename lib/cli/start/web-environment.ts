import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

const ANY_ADDRESS = ["0.0.0.0", "::"];

/**
 * Environment of the web server. The address it listens at is also one it answers to; listening at all interfaces, these
 * are the machine's own addresses, which no foreign DNS name can stand for. Names have to be allowed by the user.
 */
export function webEnvironment(databaseUrl: string, host: string): NodeJS.ProcessEnv {
  const addresses = ANY_ADDRESS.includes(host) ? ownAddresses() : [host];
  const allowed = [process.env["HOWDAH_ALLOWED_HOSTS"], ...addresses.map(asHostHeader)];
  return {
    ...process.env,
    NODE_ENV: "production",
    DATABASE_URL: databaseUrl,
    NEXT_TELEMETRY_DISABLED: "1",
    HOWDAH_ALLOWED_HOSTS: allowed.filter(Boolean).join(","),
  };
}

/** Address of the dashboard as a browser on this machine reaches it, e.g. "http://127.0.0.1:7432". */
export function originOf(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${asHostHeader(name)}:${port}`;
}

function asHostHeader(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  );
}
