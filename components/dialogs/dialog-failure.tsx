import type { RequestFailed } from "@/components/live/request-failed";
import { Note } from "@/components/ui/note";

/** Why a wish was not stored, inside the dialog that sent it. */
export function DialogFailure({ failure }: { failure: RequestFailed | null }) {
  if (!failure) return null;
  return (
    <Note tone="bad" role="alert" title="Nothing was changed">
      <p className="wrap-anywhere">
        {failure.message} <code>{failure.code}</code>
      </p>
    </Note>
  );
}
