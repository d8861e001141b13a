import type { MigrationState } from "@/lib/migrations/vocabulary";

/**
 * What a command's exit code means; documented in docs/cli.md. `howdah migration`: a request that was stored is 0, with --wait the
 * code of the state it ended in; a refused one is 1.
 */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  usage: 2,
  validationFailed: 3,
  /** The Howdah a command talks to does not answer, or does not know the token. */
  unreachable: 4,
  /** `howdah verify`: the sides are not the same. */
  different: 5,
  /** `howdah verify`: nothing differs, but something could not be compared. */
  incomplete: 6,
  /** 128 + SIGINT, as shells report it: the migration was canceled, or is no longer watched. */
  canceled: 130,
} as const;

/** What each code means, for docs/cli.md. */
export const EXIT_MEANINGS: Readonly<Record<(typeof EXIT)[keyof typeof EXIT], string>> = {
  0: "Done; with `--wait` and of `howdah migrate`: the migration succeeded.",
  1: "The migration failed, or Howdah refused the request, also because it has nothing of the name.",
  2: "Wrong usage: what was typed, or a file it names, makes no sense. Nothing was sent or changed.",
  3: "The validation failed.",
  4: "Howdah does not answer, does not know the token, or its certificate is not trusted.",
  5: "`howdah verify`: the sides are not the same.",
  6: "`howdah verify`: nothing differs, but something could not be compared.",
  130: "Interrupted: the migration was canceled, or is no longer watched.",
};

/** Exit code of `howdah migrate` and of `howdah migration ... --wait` for the state its migration ended in. */
export function exitCodeOf(state: MigrationState): number {
  switch (state) {
    case "Succeeded":
      return EXIT.succeeded;
    case "ValidationFailed":
      return EXIT.validationFailed;
    case "Canceled":
    case "CleaningUp":
      return EXIT.canceled;
    case "Failed":
    case "InProgress":
    case "WaitingForUserAction":
      return EXIT.failed;
  }
}
