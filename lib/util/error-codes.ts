import { ONLINE_CODES } from "./online-codes";
import { type ErrorCodeEntry, VALIDATION_CODES } from "./validation-codes";

/**
 * The closed set of error codes. A code is stable: scripts may match on it, and docs/error-codes.md is generated
 * from this table. `cause` says what the code means, `remedy` what a person does next. `azure` is the code
 * Azure's migration service uses for the same thing, where it has one.
 */
export const ERROR_CODES = {
  // Asking Howdah
  MIGRATION_NAME_TAKEN: {
    cause: "The target server already has a migration of that name.",
    remedy: "Choose another name; names are compared without regard to case.",
  },
  MIGRATION_NOT_FOUND: {
    cause: "There is no such migration.",
    remedy: "Check its id or name; it may have been removed.",
  },
  ACTION_NOT_ALLOWED: {
    cause: "The migration's present state does not allow this action.",
    remedy: "Read its state again; the actions it offers go with it.",
  },
  CHECKPOINT_UNUSABLE: {
    cause:
      "What an earlier run left on the target cannot be gone on with: the schema of the source, the filter or the target database is another one by now.",
    remedy: "Drop the target database and begin it anew; Restart does both.",
  },
  SERVER_NOT_FOUND: {
    cause: "The target server is not registered, or was removed meanwhile.",
    remedy: "Register it again, on the Servers page or with PUT on its path.",
  },
  SERVER_IN_USE: {
    cause: "The registered server has migrations.",
    remedy: "Wait until its migrations have ended; to remove the server, remove their records first.",
  },
  FILTER_INVALID: {
    cause: "A filter of a database has a pattern that cannot be read.",
    remedy: "Correct the pattern named in the message; docs/filters.md shows the forms patterns have.",
  },
  SOURCE_ADDRESS_INVALID: {
    cause: "The source is not given in the form host:port@user.",
    remedy: "Set sourceDbServerResourceId to host:port@user, IPv6 hosts in brackets.",
  },

  // Reaching a server
  HOST_NOT_FOUND: {
    cause: "The host name does not resolve from where Howdah runs.",
    remedy:
      "Check the spelling; if it is a private name, run Howdah where that DNS zone is visible or use the IP address.",
    azure: "603000",
  },
  CONNECTION_REFUSED: {
    cause: "Nothing listens on that host and port.",
    remedy: "Check host and port, that PostgreSQL runs, and that listen_addresses covers this interface.",
    azure: "603000",
  },
  CONNECTION_TIMED_OUT: {
    cause:
      "No answer from the host: a firewall or security group drops the packets, or the address is not routed.",
    remedy:
      "Allow this machine's address on the PostgreSQL port in the firewall, security group or authorized networks.",
    azure: "603000",
  },
  CONNECTION_RESET: {
    cause: "The server or something between closed the connection.",
    remedy: "Look into the server's log for the moment; check connection limits, proxies and idle time-outs.",
    azure: "603000",
  },
  NO_PG_HBA_ENTRY: {
    cause: "pg_hba.conf has no entry that admits this user, database and address.",
    remedy:
      "Add a line for this address to pg_hba.conf and reload; on a managed service allow the address in its firewall or security group.",
    azure: "603000",
  },
  TLS_NOT_SUPPORTED: {
    cause: "The server does not speak TLS, but the SSL mode demands it.",
    remedy: "Turn ssl on at the server, or choose SSL mode Prefer where the network is trusted.",
    azure: "603001",
  },
  NOT_ENCRYPTED: {
    cause:
      "The server does not speak TLS, so passwords are hashed but the data crosses the network in the clear.",
    remedy: "Turn ssl on at the server, or go on where the network between it and Howdah is trusted.",
  },
  TLS_REQUIRED: {
    cause: "The server accepts TLS connections only.",
    remedy: "Choose SSL mode Require or stricter.",
  },
  CERTIFICATE_UNTRUSTED: {
    cause: "The server's certificate is not signed by a trusted authority.",
    remedy:
      "Upload the certificate authority of the server, or choose SSL mode Require, which encrypts without checking.",
  },
  CERTIFICATE_EXPIRED: {
    cause: "The server's certificate has expired or is not yet valid.",
    remedy: "Renew the certificate on the server and check both clocks.",
  },
  CERTIFICATE_HOST_MISMATCH: {
    cause: "The server's certificate was issued for another host name.",
    remedy: "Connect by the name in the certificate, or choose SSL mode VerifyCA.",
  },
  CERTIFICATE_INVALID_CA: {
    cause: "The given certificate authority is not a PEM certificate.",
    remedy: "Paste the whole PEM text, from BEGIN CERTIFICATE to END CERTIFICATE.",
  },
  PASSWORD_REJECTED: {
    cause: "User name or password is wrong.",
    remedy: "Check both; on Azure and RDS the login is the plain role name.",
    azure: "603100",
  },
  LOGIN_NOT_PERMITTED: {
    cause: "The role exists but may not log in.",
    remedy: "alter role ... login, or use another role.",
  },
  AUTHENTICATION_UNSUPPORTED: {
    cause: "The server asks for an authentication method Howdah cannot do.",
    remedy:
      "Use a role with a password (scram-sha-256 or md5) for which pg_hba.conf asks no certificate of the client.",
  },
  DATABASE_MISSING: {
    cause: "The database does not exist on the server.",
    remedy: "Check the name (it is case-sensitive) or choose another database.",
    azure: "603102",
  },
  TOO_MANY_CONNECTIONS: {
    cause: "The server has no free connection slot.",
    remedy:
      "Close idle sessions, raise max_connections or the role's connection limit, or lower the number of jobs.",
  },
  SERVER_STARTING: {
    cause: "The server is starting up, shutting down or recovering.",
    remedy: "Wait until it accepts connections and try again.",
  },
  NOT_POSTGRESQL: {
    cause: "What answers there does not speak the PostgreSQL protocol.",
    remedy: "Check host and port.",
  },
  POOLER_BETWEEN: {
    cause:
      "A connection pooler in transaction mode stands before the server: what is set for a session would not hold for all of its statements.",
    remedy:
      "Connect to the server itself, on Azure port 5432 instead of 6432, or let the pooler pass whole sessions on (pool_mode = session).",
  },
  ADDRESS_NOT_ALLOWED: {
    cause: "This installation does not allow connections to that address.",
    remedy: "Ask an administrator to allow the range (HOWDAH_ALLOWED_NETWORKS).",
  },

  // What a server is
  VERSION_TOO_OLD: {
    cause: "The server is older than PostgreSQL 9.5.",
    remedy: "Upgrade the source to 9.5 or newer first.",
    azure: "603400",
  },
  VERSION_TOO_NEW: {
    cause: "The server is newer than any pg_dump Howdah can run.",
    remedy: "Install the server's own client tools and point HOWDAH_PG_BIN at them.",
  },
  VERSION_DOWNGRADE: {
    cause: "The target is an older major version than the source.",
    remedy: "Choose a target of the same or a newer major version.",
  },
  PRIVILEGE_MISSING: {
    cause: "The login lacks a privilege this step needs.",
    remedy: "Grant the privilege named in the message.",
    azure: "603110",
  },
  CREATEDB_MISSING: {
    cause: "The target login may not create databases.",
    remedy: "alter role ... createdb, or use the administrator login.",
    azure: "603116",
  },
  SOURCE_STANDBY: {
    cause: "The source is a standby, which cannot tell what its primary has committed last.",
    remedy: "Connect to the primary.",
  },
  TARGET_READ_ONLY: {
    cause: "The target is a standby or is set read-only.",
    remedy: "Connect to the primary; check default_transaction_read_only.",
    azure: "603112",
  },
  SAME_SERVER: {
    cause: "Source and target are the same server.",
    remedy: "Choose another target: the databases would overwrite themselves.",
  },

  // Databases
  DATABASE_EXISTS: {
    cause: "The target already has a database of that name.",
    remedy: "Drop or rename it, or allow overwriting.",
    azure: "603101",
  },
  DATABASE_NAME_INVALID: {
    cause: "A database name is empty, longer than 63 bytes or contains a null character.",
    remedy: "Correct the name.",
  },
  DATABASE_VANISHED: {
    cause: "The database was dropped or renamed on the source after it was chosen.",
    remedy: "Choose the databases again.",
    azure: "603102",
  },
  DATABASE_IN_USE: {
    cause: "Other sessions are connected to the target database and could not be ended.",
    remedy: "Disconnect them, or grant pg_signal_backend to the target login.",
    azure: "603111",
  },
  TARGET_DATABASE_BUSY: {
    cause: "Another migration is writing the same target database.",
    remedy: "Wait until the other migration has ended, or cancel it, then start again.",
  },
  DATABASE_DROP_FAILED: {
    cause: "The existing target database could not be dropped.",
    remedy: "See the server's message; drop it by hand and start again.",
    azure: "603117",
  },
  DATABASE_CREATE_FAILED: {
    cause: "The target database could not be created.",
    remedy: "See the server's message.",
  },
  LOCALE_UNAVAILABLE: {
    cause: "The target does not know the collation or encoding of the source database.",
    remedy: "Create the database by hand with a locale the target has, or choose a target that has it.",
    azure: "603401",
  },
  EXTENSION_UNAVAILABLE: {
    cause: "An extension used on the source cannot be created on the target.",
    remedy: "Install it or add it to azure.extensions on the target, or drop it from the source.",
    azure: "603108",
  },
  DATABASE_NOT_CHOSEN: {
    cause: "A database was named that is not part of the migration.",
    remedy: "Name databases of dbsToMigrate, as they are called on the source.",
  },
  NO_DATABASES: { cause: "No database was chosen.", remedy: "Choose at least one database." },

  // Moving
  SCHEMA_DUMP_FAILED: {
    cause: "pg_dump could not read the source's schema.",
    remedy: "See pg_dump's message; usually a privilege or a lock on one object.",
  },
  SCHEMA_TOOL_MISSING: {
    cause: "No pg_dump is able to read this server version.",
    remedy: "Install client tools of the source's major version and point HOWDAH_PG_BIN at them.",
  },
  OBJECT_FAILED: {
    cause: "The target refused one object of the schema.",
    remedy: "See the statement and the server's message; create the object by hand or mend it on the source.",
  },
  OBJECT_SKIPPED: {
    cause: "An object depends on something that failed before.",
    remedy: "Mend the first failure; this one follows.",
  },
  OBJECT_CHANGED: {
    cause: "An object that is no table was made or altered on the source while an online migration ran.",
    remedy: "Make the same change on the target; a verification shows what differs.",
  },
  OBJECT_NOT_MOVED: {
    cause: "An object of the source will not be on the target, or not as it is on the source.",
    remedy:
      "Read why, then create it by hand by a login that may, put something else in its place, or do without.",
  },
  COLUMNS_REORDERED: {
    cause:
      "The columns of a table that inherits come in another order, its parents' first: no statement creates it otherwise.",
    remedy: "Nothing is lost. Look for statements that rely on the order: insert without names, select *.",
  },
  ROLE_MISSING: {
    cause: "A role that owns something, or was granted something, does not exist on the target.",
    remedy: "Create the role on the target, then set the owner or privileges, or migrate again.",
  },
  TABLE_UNREADABLE: {
    cause: "The source login may not read the table.",
    remedy: "Grant SELECT on the table (and USAGE on its schema) to the source login.",
    azure: "603110",
  },
  ROW_SECURITY_BLOCKS: {
    cause: "Row security would hide rows of this table from the source login.",
    remedy: "Use a role with BYPASSRLS or the table's owner without FORCE ROW LEVEL SECURITY.",
  },
  TABLE_COPY_FAILED: {
    cause: "The rows of a table could not be copied.",
    remedy: "See the server's message; nothing of the table was kept on the target.",
  },
  VALUE_REJECTED: {
    cause: "The target refused a value of the table.",
    remedy: "See the server's message for table, line and column; mend the value on the source.",
  },
  CONSTRAINT_VIOLATED: {
    cause: "The copied rows break a constraint or unique index.",
    remedy:
      "The source holds rows that break it (often a constraint marked NOT VALID or a corrupt index); mend them there.",
  },
  ROW_COUNT_DIFFERS: {
    cause: "The target stored another number of rows than the source sent.",
    remedy: "Report this with the log; do not use the target table.",
  },
  STATEMENT_TIMED_OUT: {
    cause: "A statement_timeout or lock_timeout ended a statement.",
    remedy: "Raise the time-out for the login, or free the lock named in the log.",
  },
  DISK_FULL: {
    cause: "The disk of a server is full.",
    remedy:
      "Free or add space on that server: a migration that waits for it goes on by itself, one that has ended is retried. The source is unharmed.",
  },
  OUT_OF_MEMORY: {
    cause: "A server ran out of memory or lock slots.",
    remedy: "Raise max_locks_per_transaction or memory on that server, or lower the number of jobs.",
  },
  CONNECTION_LOST: {
    cause: "A server connection broke and could not be restored.",
    remedy: "Check network and server; then start again. Nothing on the source changed.",
  },
  ...ONLINE_CODES,
  TARGET_NOT_RESTORED: {
    cause: "Parameters that were set on the target for the time of the migration could not be put back yet.",
    remedy:
      "Let Howdah sign in to Azure and wait a minute, or set them in Azure as the activity log says. If the server is gone for good, remove the record with abandonSlots=true.",
  },
  WORKER_LOST: {
    cause: "The worker that ran the migration died.",
    remedy: "Another worker has taken over; look into the worker's log if it repeats.",
  },
  SECRET_UNREADABLE: {
    cause: "The sealed password cannot be opened with this installation's key.",
    remedy: "Restore HOWDAH_SECRET_KEY or the key file, or create the migration again.",
  },
  // Azure's management endpoint
  AZURE_SIGN_IN_FAILED: {
    cause: "Nothing on this machine can sign in to Azure, or Azure refused it.",
    remedy:
      "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, give the machine a managed identity, run az login as the user Howdah runs as, or enter a service principal on the Servers page.",
  },
  AZURE_TOKEN_REFUSED: {
    cause: "Azure no longer takes the sign-in: it has expired or was revoked.",
    remedy: "Sign in again (az login), or enter the service principal's present secret. Nothing was changed.",
  },
  AZURE_RIGHT_MISSING: {
    cause: "The identity Howdah uses in Azure lacks a right.",
    remedy: "Assign it a role with the action named in the message; it takes some minutes to count.",
  },
  AZURE_NOT_FOUND: {
    cause: "Azure does not have this resource, or the identity may not see it.",
    remedy: "Check subscription, resource group and name. What was just created may take a minute to show.",
  },
  AZURE_TARGET_UNKNOWN: {
    cause: "The target server was registered by its address, not found in Azure.",
    remedy: 'Register it on the Servers page with "Find in Azure", or let Howdah run the migration.',
  },
  AZURE_THROTTLED: {
    cause: "Azure answers no more requests for a while: too many were sent.",
    remedy: "Wait; Howdah goes on by itself when Azure does.",
  },
  AZURE_SERVER_BUSY: {
    cause: "Another operation is under way on the server in Azure.",
    remedy: "Wait until it has ended (activity log of the server), then try again.",
  },
  AZURE_REFUSED: {
    cause: "Azure refused the request.",
    remedy: "See Azure's message. Nothing was changed.",
  },
  AZURE_UNREACHABLE: {
    cause: "Azure's management endpoint does not answer.",
    remedy:
      "Check the network, a proxy in between, and HOWDAH_AZURE_ENDPOINT for clouds other than the public one.",
  },
  // Running Howdah
  DATA_DIRECTORY_UNUSABLE: {
    cause: "The folder for Howdah's own data cannot be used.",
    remedy:
      "Set HOWDAH_DATA_DIR to a folder this user can write; for root, one outside /root that every user may enter, such as /var/lib/howdah.",
  },
  STORE_UNAVAILABLE: {
    cause: "Howdah's own database cannot be started or reached.",
    remedy: "See the message; set DATABASE_URL to use a PostgreSQL server of your own instead.",
  },
  ALREADY_RUNNING: {
    cause: "Another Howdah runs on the same data directory.",
    remedy: "Use the one that runs, stop it, or set HOWDAH_DATA_DIR to another folder.",
  },
  PORT_IN_USE: {
    cause: "Another program listens on the port of the dashboard.",
    remedy: "Choose another port with --port or HOWDAH_PORT.",
  },
  CERTIFICATE_UNUSABLE: {
    cause: "The certificate or the key the dashboard should serve https with cannot be used.",
    remedy:
      "Give PEM files that belong together and are valid, with a key that has no passphrase, or use --tls-self-signed.",
  },
  PROCESS_FAILED: {
    cause: "A part of Howdah did not come up.",
    remedy: "Look at the lines it printed before; run npm run setup if files are missing.",
  },

  ...VALIDATION_CODES,

  // Ends
  VALIDATION_FAILED: {
    cause: "At least one validation failed.",
    remedy: "Mend what the validation details list, then start again.",
  },
  VERIFICATION_FAILED: {
    cause: "Source and target do not hold the same: a verification found differences.",
    remedy:
      "Open the verification to see which rows or objects differ. If the source was written to since the copy, or after an online cutover began, run the repair SQL it offers on the target, or migrate again with writes stopped.",
  },
  VERIFICATION_INCOMPLETE: {
    cause: "A verification could not compare everything, so it is no proof that both sides are the same.",
    remedy:
      "Open the verification to see what could not be compared and why. Remove the cause, then verify again.",
  },
  CANCELED: { cause: "The migration was canceled.", remedy: "Create a new migration to start over." },
  INTERNAL: { cause: "Howdah itself failed.", remedy: "Report this with the log and the request id." },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The catalogue's entry for `code`. */
export function describeCode(code: ErrorCode): ErrorCodeEntry {
  return ERROR_CODES[code];
}
