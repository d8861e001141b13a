import type { ErrorCodeEntry } from "./validation-codes";

/** Codes of what may happen while changes are followed; part of the closed set in error-codes.ts. */
export const ONLINE_CODES = {
  SLOT_LOST: {
    cause: "The replication slot of the migration is gone from the source, or the source has given it up.",
    remedy:
      "Changes since then cannot be had any more: migrate the database again. Usual causes are a fail-over, a dropped slot and max_slot_wal_keep_size.",
  },
  TARGET_BEHIND: {
    cause:
      "The target has lost changes that it had confirmed: it was restored to an earlier state, or failed over to a standby that was not in step.",
    remedy:
      "The source does not keep those changes any more: migrate the database again, which copies it anew. On a target with standbys, synchronous replication keeps this from happening.",
  },
  SOURCE_BEHIND: {
    cause:
      "The source has lost changes that are on the target already: it was restored to an earlier state, or failed over to a standby that was not in step.",
    remedy:
      "Nothing of the source as it is now was applied, and the source is unharmed. If what the target holds is the truth, keep a copy of it; then migrate the database again, which copies it anew. Synchronous replication keeps a fail-over from losing changes.",
  },
  SLOT_IN_USE: {
    cause: "Another session still reads the replication slot.",
    remedy: "Wait until the source has ended it; wal_sender_timeout limits how long that takes.",
  },
  OUTPUT_PLUGIN_MISSING: {
    cause: "The source does not have the output plugin that changes are to be read with.",
    remedy: "Install test_decoding (it belongs to postgresql-contrib), or choose pgoutput.",
  },
  CHANGE_UNREADABLE: {
    cause: "The source sent a change that cannot be read, or cannot decode one itself.",
    remedy:
      "Nothing was skipped; the target holds everything before the change. Migrate the database again: its tables are copied anew as of a later place, so that the change is not needed any more. If it comes again, leave its table out and choose pgoutput, or migrate offline; and report it with the log.",
  },
  SOURCE_CRASHES: {
    cause: "The source crashed each time it was asked for the same changes.",
    remedy:
      "Nothing was skipped, and it is not asked again, because each crash ends all of its sessions. Its log names the process and the signal: an extension's type, or a bug that a newer minor release has mended. Leave that table out and choose pgoutput, choose the other output plugin, or migrate offline.",
  },
  ENCODING_UNREADABLE: {
    cause: "test_decoding sends the database's own encoding, which cannot be read here.",
    remedy: "Choose pgoutput, whose changes the source converts to UTF-8.",
  },
  CHANGE_DIVERGED: {
    cause: "A change of the source found another row on the target than it should, or none.",
    remedy:
      "Something else writes to the target, or a table cannot be told row by row. Everything before the change is on the target. Stop other writers and migrate the database again, or let divergences be counted instead.",
  },
  CHANGE_REFUSED: {
    cause: "The target refused a change of the source.",
    remedy:
      "See the server's message and mend the target, for example by doing there what was altered on the source: while the migration waits for that it goes on by itself, one that has ended is migrated again. A table that was altered on the source is left out after five minutes, so that the others go on. Everything before the change is on the target, nothing after it.",
  },
  TABLE_CHANGED: {
    cause:
      "A table was altered or dropped on the source while its changes were followed, and the target's is still as before.",
    remedy:
      "Its later changes are not on the target; all other tables are complete. Alter it on the target and copy its rows yourself, migrate again, or leave the table out of what you rely on after the cutover.",
  },
  TABLE_ALTERED: {
    cause:
      "A table was altered on the source while its changes were followed, and they do not fit the target's table any more.",
    remedy:
      "Alter the table on the target in the same way before the cutover, which then copies it again. Until then its changes are not applied; all other tables go on.",
  },
  TABLE_REPLACED: {
    cause:
      "A table was dropped and made again on the source while its changes were followed, another one was renamed to its name, or it was rewritten in a way no change tells of: by ALTER TABLE, or unlogged for a while; before PostgreSQL 11, also: it was emptied by TRUNCATE.",
    remedy: "It is copied again at the cutover, which takes longer for it; there is nothing to do.",
  },
  TABLE_WITHOUT_IDENTITY: {
    cause:
      "Rows were changed in a table that has no replica identity, or one with a generated column, so that nobody can tell which.",
    remedy:
      "The table is copied again at the cutover. Give it a primary key without generated columns to shorten the cutover.",
  },
  WAL_BUDGET_EXCEEDED: {
    cause: "The source keeps more WAL for the migration than was allowed.",
    remedy:
      "The slot was dropped so that the source's disk does not fill; the source is unharmed. Raise the limit or lower the load, and migrate the database again.",
  },
  CAPTURE_REMAINS: {
    cause: "A slot of the migration could not be removed from its source yet.",
    remedy:
      "Make the source reachable and wait a minute, or remove the slot there with pg_drop_replication_slot. If the source is gone for good, remove the record with abandonSlots=true.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;
