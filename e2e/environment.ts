import { z } from "zod";

const settings = z.object({
  host: z.string(),
  port: z.int(),
  user: z.string(),
  password: z.string(),
  database: z.string(),
  sslMode: z.enum(["Prefer", "Require", "VerifyCA", "VerifyFull"]),
  caCertificate: z.string(),
});

const environment = z.object({
  /** Where Howdah listens, e.g. "http://127.0.0.1:43121". */
  baseUrl: z.string(),
  /** PostgreSQL 16 with TLS, a superuser's login. */
  source: settings,
  /** PostgreSQL 17 with TLS, a superuser's login. */
  target: settings,
  /** Bearer token of an operator. */
  token: z.string(),
  /** Sign-in link of an administrator, for one use. */
  signInLink: z.string(),
  /** HOWDAH_DATA_DIR of the Howdah under test. */
  dataDirectory: z.string(),
});

/** What the tests run against. */
export type Environment = z.infer<typeof environment>;

const VARIABLE = "HOWDAH_E2E_ENVIRONMENT";

/** Hands the environment to Playwright's workers, which inherit the variables of global setup. */
export function publishEnvironment(value: Environment): void {
  process.env[VARIABLE] = JSON.stringify(value);
}

/** The environment that global setup started. */
export function readEnvironment(): Environment {
  return environment.parse(JSON.parse(process.env[VARIABLE] ?? "null"));
}
