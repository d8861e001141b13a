import { dataDirectory } from "@/lib/embedded/data-directory";
import type { Role } from "@/lib/migrations/access";
import { createSignInToken } from "@/lib/store/access-tokens";
import { openCommandStore } from "./command-store";
import { DEFAULT_PORT } from "./commands/address-options";
import { currentUser } from "./current-user";
import { EXIT } from "./exit-codes";
import type { Output } from "./output";
import { readRunning } from "./start/running-file";
import { originOf } from "./start/web-environment";
import { UsageError } from "./usage-error";

/** Prints a link that signs its first user in. Throws UsageError when `url` is none, CodedError when the store is not there. */
export async function printSignInLink(
  options: { role: Role; url?: string },
  output: Output,
): Promise<number> {
  if (options.url !== undefined && !/^https?:\/\/[^/]/.test(options.url)) {
    throw new UsageError(`--url must be an http or https address, not "${options.url}".`);
  }
  await using _store = await openCommandStore();
  const running = readRunning(dataDirectory());
  const origin = options.url?.replace(/\/+$/, "") ?? running?.origin ?? originOf("127.0.0.1", DEFAULT_PORT);
  if (!options.url && !running) {
    output.say(`No dashboard runs here; the link is for ${origin} (--url names another).`);
  }
  const token = await createSignInToken({ name: currentUser(), role: options.role });
  output.out(`${origin}/sign-in#token=${token}`);
  return EXIT.succeeded;
}
