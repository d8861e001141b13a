/** libpq-like TLS modes by the names of the ARM contract. */
export type SslMode = "Prefer" | "Require" | "VerifyCA" | "VerifyFull";

/** Where a PostgreSQL server is and how to log in. Holds a password: never log or serialise it. */
export interface ConnectionSettings {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  sslMode: SslMode;
  /** PEM of the certificate authority to trust besides Node's own; used by VerifyCA and VerifyFull. */
  caCertificate?: string;
}
