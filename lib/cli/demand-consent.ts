import { confirm, isCancel } from "@clack/prompts";
import { UsageError } from "./usage-error";

/** Asks on a terminal, where there is one and --yes was not given. Throws UsageError without consent. */
export async function demandConsent(question: string, { yes }: { yes?: true }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError(`${question} Confirm it with --yes.`);
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
  if (isCancel(answer) || !answer) throw new UsageError("Nothing was changed.");
}
