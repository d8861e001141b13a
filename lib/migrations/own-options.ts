/** What of Howdah's options only its own engine does, with the words of a person for it. */
const OWN = {
  databases: "filters and other names on the target",
  tuneTarget: "tuning the target",
  verifyAtEnd: "verifying by itself at the end",
  vacuum: "VACUUM at the end",
  throttle: "limits",
  online: "how changes are followed",
  jobs: "a number of jobs",
  copyFormat: "a format of the copy",
} as const;

/** An option that has no effect on a migration which Azure's service runs. */
export interface OptionProblem {
  /** Its name within properties.howdah. */
  key: string;
  message: string;
}

/**
 * The options of a migration that ask for what Azure's service does not do; none when Howdah runs it. An excluded table would
 * move after all if they were just passed over.
 */
export function optionsAzureLacks(howdah: Readonly<Record<string, unknown>>): OptionProblem[] {
  if (howdah["runBy"] !== "azure") return [];
  return Object.entries(OWN).flatMap(([key, what]) =>
    asksForSomething(howdah[key])
      ? [
          {
            key,
            message: `Azure's migration service does not know ${what}: leave howdah.${key} out, or have Howdah run the migration (runBy "howdah").`,
          },
        ]
      : [],
  );
}

/** False for what means the same as leaving it out: false, null, nothing, and lists and objects of these. */
function asksForSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (Array.isArray(value)) return value.some(movesOtherwise);
  if (typeof value === "object") return Object.values(value).some(asksForSomething);
  return true;
}

/** Whether an entry of `databases` says more than a name. */
function movesOtherwise(entry: Readonly<Record<string, unknown>>): boolean {
  const { name, targetName, include = {}, exclude = {} } = entry;
  const lists = [include, exclude].flatMap((part) => Object.values(part as object));
  return (
    (typeof targetName === "string" && targetName !== "" && targetName !== name) ||
    lists.some((list) => Array.isArray(list) && list.length > 0)
  );
}
