import { z } from "zod";

/** PostgreSQL keeps 63 bytes of a name and no null character; pg_dump refuses line breaks, which could smuggle commands. */
export const databaseName = z
  .string()
  .min(1, "A database name cannot be empty.")
  .refine((name) => new TextEncoder().encode(name).length <= 63, "A database name has at most 63 bytes.")
  .refine(
    (name) => !/[\0\r\n]/.test(name),
    "A database name cannot contain a null character or a line break.",
  );
