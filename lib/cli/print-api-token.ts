import type { Role } from "@/lib/migrations/access";
import { createApiToken } from "@/lib/store/access-tokens";
import { openCommandStore } from "./command-store";
import { currentUser } from "./current-user";
import { EXIT } from "./exit-codes";
import type { Output } from "./output";

const DAY_MS = 24 * 3600 * 1000;

/** Prints a new bearer token alone on standard output, so that scripts can capture it. */
export async function printApiToken(
  options: { role: Role; name?: string; days?: number },
  output: Output,
): Promise<number> {
  await using _store = await openCommandStore();
  const token = await createApiToken({
    name: options.name ?? currentUser(),
    role: options.role,
    ...(options.days ? { expiresAt: new Date(Date.now() + options.days * DAY_MS) } : {}),
  });
  output.out(token);
  return EXIT.succeeded;
}
