import type { Allowance, AzureAllowances } from "@/lib/migrations/azure-contract";
import { countNoun, joinNames } from "@/lib/migrations/format-quantity";

/** What the databases need of a flexible server. */
export interface AllowanceNeeds {
  extensions: readonly string[];
  libraries: readonly string[];
}

/** One thing that can be set in Azure, with what a person reads before agreeing. */
export interface AllowanceOffer {
  parameter: Allowance;
  /** What the request asks for; what is there already does no harm. */
  add: readonly string[];
  restart: boolean;
  /** Says what is missing. */
  title: string;
  button: string;
  question: string;
  confirm: string;
  consequences: readonly { text: string; detail: string | null }[];
}

/** What can be set on `server` to make up for what it lacks. */
export function offersOf(
  { changes, isPendingRestart }: AzureAllowances,
  needs: AllowanceNeeds,
  server: string,
): AllowanceOffer[] {
  const offers = changes.map(({ name, added }) =>
    name === "azure.extensions" ? extensionsOffer(added, server) : librariesOffer(added, needs, server),
  );
  if (isPendingRestart && !offers.some(({ restart }) => restart)) offers.push(restartOffer(needs, server));
  return offers;
}

/** What Azure does not offer on the server at all, in a sentence; null when it offers everything. */
export function refusalOf({ notAllowed }: AzureAllowances, server: string): string | null {
  if (notAllowed.length === 0) return null;
  const names = joinNames([...new Set(notAllowed.map(({ member }) => member))]);
  return `Azure does not offer ${names} on ${server}: drop it on the source, or leave the databases that use it out.`;
}

function extensionsOffer(added: readonly string[], server: string): AllowanceOffer {
  return {
    parameter: "azure.extensions",
    add: added,
    restart: false,
    title: `${server} does not allow ${countNoun(added.length, "extension")} yet: ${joinNames(added)}`,
    button: "Set azure.extensions ...",
    question: `Add ${joinNames(added)} to azure.extensions of ${server}?`,
    confirm: "Set azure.extensions",
    consequences: [
      { text: "Counts at once, without a restart", detail: null },
      { text: "Stays after the migration: what is moved needs it", detail: null },
    ],
  };
}

const RESTART_CONSEQUENCES = [
  { text: "Every session on the server ends", detail: "applications too" },
  { text: "Migrations into it that run now are interrupted, and go on after it", detail: null },
  { text: "The server is away for a minute or two", detail: null },
];

function librariesOffer(
  added: readonly string[],
  { libraries }: AllowanceNeeds,
  server: string,
): AllowanceOffer {
  return {
    parameter: "shared_preload_libraries",
    add: libraries,
    restart: true,
    title: `${server} does not load ${countNoun(added.length, "library", "libraries")} at its start yet: ${joinNames(added)}`,
    button: "Set shared_preload_libraries and restart ...",
    question: `Add ${joinNames(added)} to shared_preload_libraries and restart ${server}?`,
    confirm: `Set and restart ${server}`,
    consequences: RESTART_CONSEQUENCES,
  };
}

function restartOffer({ libraries }: AllowanceNeeds, server: string): AllowanceOffer {
  return {
    parameter: "shared_preload_libraries",
    add: libraries,
    restart: true,
    title: `${server} waits for a restart: libraries it is to load were set before`,
    button: "Restart the server ...",
    question: `Restart ${server}?`,
    confirm: `Restart ${server}`,
    consequences: RESTART_CONSEQUENCES,
  };
}
