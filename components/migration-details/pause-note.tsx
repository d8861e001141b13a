import { Note } from "@/components/ui/note";
import { countNoun } from "@/lib/migrations/format-quantity";
import { formatMoment } from "@/lib/migrations/format-time";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { pauseOf } from "@/lib/migrations/status";

/** What a pause means while it lasts; nothing while there is none. */
export function PauseNote({ migration }: { migration: MigrationDetails }) {
  const pause = pauseOf(migration);
  if (pause === null) return null;
  const finished = finishedText(migration);
  if (pause === "pausing") {
    return (
      <Note tone="off" role="status" className="mb-6" title="Pausing">
        Tables that are being copied stop within seconds. {finished}
      </Note>
    );
  }
  return (
    <Note
      tone="off"
      role="status"
      className="mb-6"
      title={`Paused since ${formatMoment(migration.pausedAt ?? "")}`}
    >
      Howdah holds no session on either server. {finished} Resume goes on with the rest; finished tables are
      copied again only if the source was written to meanwhile.
    </Note>
  );
}

function finishedText({ tablesCompleted, targetName }: MigrationDetails): string {
  if (tablesCompleted === 0) return "No table is finished yet.";
  return `${countNoun(tablesCompleted, "finished table")} ${tablesCompleted === 1 ? "stays" : "stay"} on ${targetName}.`;
}
