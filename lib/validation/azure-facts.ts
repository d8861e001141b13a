import type { AzureServerDetails } from "@/lib/migrations/azure-contract";

/** What Azure tells of a target that was found there, or why it does not tell now. */
export type AzureFacts =
  | { server: AzureServerDetails }
  /** `because` is a sentence; `remedy` what a person does about it. */
  | { server: null; because: string; remedy: string };

/** The outcome of a rule that Azure could not be asked for. */
export function azureSilent({ because, remedy }: Extract<AzureFacts, { server: null }>) {
  return {
    checked: "",
    problems: [],
    notChecked: {
      because: `Azure could not be asked. ${because}`,
      remedy: `${remedy} Or look it up in Azure's portal.`,
    },
  };
}
