import type { MigrationState } from "@/lib/migrations/vocabulary";

/**
 * What a command's exit code means; documented in the README. `howdah migration`: a request that was stored is 0, with --wait the
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
