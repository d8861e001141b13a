import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
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

/**
 * What libpq takes neither from the environment nor, by itself, for granted: a server that is gone without a word would be waited
 * for for hours (libpq-connect.html#LIBPQ-KEEPALIVES-IDLE). As long as connect() gives it.
 */
const KEEPALIVES = ["keepalives_idle=5", "keepalives_interval=1", "keepalives_count=10"];
const USER_TIMEOUT = "tcp_user_timeout=15000";
const USER_TIMEOUT_SINCE = 12;
const SERVICE = "source";

/** Begins the name of every folder with a password; the process that made it follows, so that others can tell when it is gone. */
export const DUMP_FOLDERS = "howdah-pg-dump-";

/** Name of this process's folders, without what makes each unique: machine (or container) and process. */
function dumpFolderPrefix(): string {
  return `${DUMP_FOLDERS}${thisMachine()}-${process.pid}-`;
}

/** The process of this machine that made the folder of this name; null when another machine did, or an older Howdah. */
export function dumpFolderOwner(name: string): number | null {
  const own = `${DUMP_FOLDERS}${thisMachine()}-`;
  const pid = name.startsWith(own) ? /^(\d+)-/.exec(name.slice(own.length))?.[1] : undefined;
  return pid === undefined ? null : Number(pid);
}

function thisMachine(): string {
  return hostname().replaceAll(/[^\w.]/g, "_");
}

/** True when a password file can hold it; its lines end at a line end. */
export function fitsPasswordFile(password: string): boolean {
  return !/[\r\n]/.test(password);
}

/**
 * Everything libpq needs to log in, by environment and files that only this user can read: nothing of it is visible
 * in the process list. Variables of the user's own (PGSERVICE, PGOPTIONS, ...) and files in the home directory are
 * kept away, so that the connection is the one that was tested. `major` is the program's. Dispose it when the program has ended.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function nativeEnvironment(
  settings: ConnectionSettings,
  major: number,
  startSettings: readonly string[],
): NativeEnvironment {
  const folder = mkdtempSync(join(tmpdir(), dumpFolderPrefix()));
  chmodSync(folder, 0o700);
  const passwordFile = join(folder, "password");
  const authorities = join(folder, "authorities.pem");
  const serviceFile = join(folder, "service");
  const patience = major >= USER_TIMEOUT_SINCE ? [...KEEPALIVES, USER_TIMEOUT] : KEEPALIVES;
  writeFileSync(serviceFile, [`[${SERVICE}]`, ...patience, ""].join("\n"), { mode: 0o600 });
  writeFileSync(passwordFile, `*:*:*:*:${escapeField(settings.password)}\n`, { mode: 0o600 });
  const verifies = settings.sslMode === "VerifyCA" || settings.sslMode === "VerifyFull";
  // Absent for the other modes: with a root certificate at hand libpq would verify in mode require too.
  if (verifies)
    writeFileSync(authorities, [...rootCertificates, settings.caCertificate ?? ""].join("\n"), {
      mode: 0o600,
    });
  const variables: NodeJS.ProcessEnv = {
    ...inheritedEnvironment(),
    LC_ALL: "C",
    HOME: folder,
    PGHOST: settings.host,
    PGPORT: String(settings.port),
    PGUSER: settings.user,
    PGDATABASE: settings.database,
    PGPASSFILE: passwordFile,
    PGSERVICEFILE: serviceFile,
    PGSERVICE: SERVICE,
    PGSSLMODE: LIBPQ_SSL_MODE[settings.sslMode],
    PGSSLROOTCERT: authorities,
    PGGSSENCMODE: "disable",
    PGCONNECT_TIMEOUT: "15",
    PGAPPNAME: "howdah pg_dump",
    // Not always sent, because connection poolers refuse start-up options.
    ...(startSettings.length > 0 ? { PGOPTIONS: startSettings.map((one) => `-c ${one}`).join(" ") } : {}),
  };
  return { variables, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Variables that a program needs to start: libraries and temporary files, no credentials. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const names = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT", "TEMP"];
  const found = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { NODE_ENV: process.env.NODE_ENV, ...Object.fromEntries(found) };
}

function escapeField(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
}
