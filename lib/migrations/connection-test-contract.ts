import { z } from "zod";
import { caselessEnum } from "./contract";
import { hostName } from "./server-contract";
import { SSL_MODES } from "./vocabulary";

/** Body of POST /api/connection-tests; the answer is a ConnectionTestReport. */
export const connectionTestBody = z.object({
  /** A source must be readable, a target writable. */
  side: z.enum(["source", "target"]),
  host: hostName,
  port: z.int("Enter a port number.").min(1, "A port is at least 1.").max(65_535, "A port is at most 65535."),
  user: z.string().min(1, "Enter the login.").max(63, "A login has at most 63 characters."),
  password: z.string().max(1000),
  database: z.string().min(1).max(63).default("postgres"),
  sslMode: caselessEnum(SSL_MODES),
  caCertificate: z.string().max(65_536).optional(),
});
export type ConnectionTestInput = z.input<typeof connectionTestBody>;
