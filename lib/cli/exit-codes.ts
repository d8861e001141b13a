import type { MigrationState } from "@/lib/migrations/vocabulary";

/** What a command's exit code means; documented in the README. */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  usage: 2,
  validationFailed: 3,
  /** 128 + SIGINT, as shells report it. */
  canceled: 130,
} as const;

/** Exit code of `howdah migrate` for the state its migration ended in. */
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
