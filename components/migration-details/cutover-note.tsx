import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Note } from "@/components/ui/note";
import { cutoverResults, databasesToCutOver, isRehearsing, longestMs } from "@/lib/migrations/following";
import { formatShortTime } from "@/lib/migrations/format-duration";
import { countNoun, joinNames } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { ACTION_ICONS, ACTION_LABELS, offersRehearsal } from "./offered-actions";

interface CutoverNoteProps {
  migration: MigrationDetails;
  mayAct: boolean;
  /** The wish for a rehearsal is on its way. */
  pending: boolean;
  onRehearse: () => void;
}

/** What the cutover of an online migration waits for, or led to; nothing before and besides. */
export function CutoverNote({ migration, mayAct, pending, onRehearse }: CutoverNoteProps) {
  const { online, state, substate } = migration;
  if (online === null) return null;
  if (state === "Succeeded") return <CutOver migration={migration} />;
  if (isTerminal(state) || substate !== "WaitingForCutoverTrigger") return null;
  const left = databasesToCutOver(migration);
  if (left.length === 0 || migration.cancelRequestedAt !== null) return null;
  const names =
    left.length < online.databases.length ? ` for ${joinNames(left.map(({ name }) => name))}` : "";
  const rehearsed = longestMs(cutoverResults(left, "rehearsal"));
  return (
    <Note
      tone="need"
      role="alert"
      className="mb-6"
      title={`Ready for cutover${names}`}
      actions={
        mayAct &&
        offersRehearsal(migration) && (
          <Button pending={pending} onClick={onRehearse}>
            {!pending && <Icon name={ACTION_ICONS.rehearse} />}
            {ACTION_LABELS.rehearse}
          </Button>
        )
      }
    >
      <p>
        Stop writes to {migration.sourceHost}, wait until every database has caught up, then cut over. Until
        then the target follows.
      </p>
      {left.some(isRehearsing) && <p>The cutover is being rehearsed.</p>}
      {rehearsed !== null && !left.some(isRehearsing) && (
        <p>Rehearsed: expected downtime about {formatShortTime(rehearsed)}.</p>
      )}
    </Note>
  );
}

function CutOver({ migration }: { migration: MigrationDetails }) {
  const results = cutoverResults(migration.online?.databases ?? [], "cutover");
  const ms = longestMs(results);
  if (ms === null) return null;
  const lost = results.reduce((sum, { result }) => sum + result.unfollowed.length, 0);
  return (
    <Note
      tone={lost > 0 ? "warn" : "ok"}
      role="status"
      className="mb-6"
      title={`Cut over in ${formatShortTime(ms)}`}
    >
      {migration.targetName} holds everything the source had
      {lost > 0 && `, but for ${countNoun(lost, "table")}`}. Point applications to it; the source was left as
      it is and has no slot any more.
    </Note>
  );
}
