import { Button } from "@/components/ui/button";
import { Note } from "@/components/ui/note";
import { RefusedRequest } from "@/components/wizard/arm-requests";

/** What Azure, or Howdah, answered instead, and what to do about it. */
export function RequestNote({
  error,
  title,
  onRetry,
}: {
  error: Error;
  title: string;
  onRetry?: () => void;
}) {
  const refused = error instanceof RefusedRequest ? error : null;
  return (
    <Note
      tone="bad"
      role="alert"
      title={title}
      actions={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      <p className="wrap-anywhere">
        {error.message} {refused?.remedy} {refused && <code className="text-muted">{refused.code}</code>}
      </p>
    </Note>
  );
}
