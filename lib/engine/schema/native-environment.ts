import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { ConnectionSettings, SslMode } from "@/lib/postgres/connection-settings";

/** Environment for a libpq program, with the files it points to. */
export interface NativeEnvironment extends Disposable {
  variables: NodeJS.ProcessEnv;
}

const LIBPQ_SSL_MODE: Record<SslMode, string> = {
  Prefer: "prefer",
  Require: "require",
  VerifyCA: "verify-ca",
  VerifyFull: "verify-full",
};

/** True when a password file can hold it; its lines end at a line end. */
export function fitsPasswordFile(password: string): boolean {
  return !/[\r\n]/.test(password);
}

/**
 * Everything libpq needs to log in, by environment and files that only this user can read: nothing of it is visible
 * in the process list. Variables of the user's own (PGSERVICE, PGOPTIONS, ...) and files in the home directory are
 * kept away, so that the connection is the one that was tested. Dispose it when the program has ended.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function nativeEnvironment(settings: ConnectionSettings, standardStrings: boolean): NativeEnvironment {
  const folder = mkdtempSync(join(tmpdir(), "howdah-pg-dump-"));
  chmodSync(folder, 0o700);
  const passwordFile = join(folder, "password");
  const authorities = join(folder, "authorities.pem");
  writeFileSync(passwordFile, `*:*:*:*:${escapeField(settings.password)}\n`, { mode: 0o600 });
  const verifies = settings.sslMode === "VerifyCA" || settings.sslMode === "VerifyFull";
  // Absent for the other modes: with a root certificate at hand libpq would verify in mode require too.
  if (verifies)
    writeFileSync(authorities, [...rootCertificates, settings.caCertificate ?? ""].join("\n"), {
      mode: 0o600,
    });
  const variables: NodeJS.ProcessEnv = {
    NODE_ENV: process.env.NODE_ENV,
    ...inherited(),
    LC_ALL: "C",
    HOME: folder,
    PGHOST: settings.host,
    PGPORT: String(settings.port),
    PGUSER: settings.user,
    PGDATABASE: settings.database,
    PGPASSFILE: passwordFile,
    PGSSLMODE: LIBPQ_SSL_MODE[settings.sslMode],
    PGSSLROOTCERT: authorities,
    PGGSSENCMODE: "disable",
    PGCONNECT_TIMEOUT: "15",
    PGAPPNAME: "howdah pg_dump",
    // Not always sent, because connection poolers refuse start-up options.
    ...(standardStrings ? {} : { PGOPTIONS: "-c standard_conforming_strings=on" }),
  };
  return { variables, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a program needs to start: libraries and temporary files, no credentials. */
function inherited(): Record<string, string> {
  const names = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT", "TEMP"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function escapeField(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
}
