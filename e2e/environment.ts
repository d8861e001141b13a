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

const VARIABLE = "HOWDAH_E2E_ENVIRONMENTS";

/** Hands the environments to Playwright's workers, which inherit the variables of global setup. */
export function publishEnvironments(values: readonly Environment[]): void {
  process.env[VARIABLE] = JSON.stringify(values);
}

/** The environment that global setup started for the worker in that place, counted from 0. */
export function readEnvironment(place: number): Environment {
  const found = z.array(environment).parse(JSON.parse(process.env[VARIABLE] ?? "[]"))[place];
  if (!found) throw new Error(`No environment was started for worker ${place}.`);
  return found;
}
